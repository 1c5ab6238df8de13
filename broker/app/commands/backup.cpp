#include "broker/app/backup/archive.hpp"
#include "broker/app/commands.hpp"
#include "broker/app/commands/reach.hpp"
#include "broker/app/commands/terminal.hpp"
#include "broker/base/pack.hpp"
#include "broker/base/time.hpp"
#include "broker/journal/outcomes.hpp"
#include "broker/ops/admin/requests.hpp"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <memory>

namespace tieline::app {
namespace {

namespace files = std::filesystem;

struct arguments {
    std::string folder, config;
};

/// The copy of the store that is carried away; gone when this is.
struct copy_of_store {
    std::string folder{};
    ~copy_of_store()
    {
        std::error_code ignored;
        files::remove_all(folder, ignored);
    }
};

// By the running broker, or, where none runs, by opening the store here. In words what failed; empty: made.
std::string make_copy(const settings::configuration& given, const std::string& folder)
{
    const auto came = ask(given, R"({"do":"backup"})");
    if (came.runs)
        return came.error;
    std::error_code ignored;
    if (!files::exists(given.data + "/store/CURRENT", ignored))
        return came.error + ", and there is no store in it";
    const auto opened = store::store::open(given.data);
    if (!opened)
        return came.error + ", and its store can't be opened: " + opened.error().message();
    files::remove_all(folder, ignored);
    const auto failed = (*opened)->copy_to(folder);
    return failed ? "the store can't be copied: " + failed.message() : "";
}

std::vector<std::string> names_in(const std::string& folder, const std::string& below)
{
    std::vector<std::string> names;
    std::error_code ignored;
    for (const auto& one : files::directory_iterator(folder, ignored))
        if (one.is_regular_file())
            names.push_back(below + one.path().filename().string());
    std::sort(names.begin(), names.end());
    return names;
}

// `store/…` is carried from the copy, the site key from the data folder.
result<archive> carry(const settings::configuration& given, const std::string& copy, const std::string& to)
{
    const auto names = names_in(copy, "");
    std::size_t done = 0;
    const auto each = [&](const archived&) {
        if (::isatty(STDERR_FILENO))
            std::cerr << "\r" << ++done << " of " << names.size() << " files" << std::flush;
    };
    auto all = copy_files(copy, to + "/store", names, each);
    if (!all)
        return all.error();
    archive made{.node = given.node, .made = to_iso(now()), .files = std::move(*all)};
    for (auto& one : made.files)
        one.name = "store/" + one.name;
    if (files::exists(given.data + "/site.key")) {
        auto key = copy_file(given.data + "/site.key", to + "/site.key");
        if (!key)
            return key.error();
        key->name = "site.key";
        made.files.push_back(std::move(*key));
    }
    if (::isatty(STDERR_FILENO))
        std::cerr << "\r\033[K";
    return made;
}

error_code read_positions(archive& into, const std::string& copy)
{
    const auto opened = store::store::open_copy(copy);
    if (!opened)
        return opened.error();
    const auto last = (*opened)->last_key(store::family::entry, {}, {});
    const auto published = journal::read_published_through(**opened);
    if (!last || !published)
        return last ? published.error() : last.error();
    into.last = {*last ? read_big_endian(**last) : 0};
    into.published = *published;
    return {};
}

int backup(const arguments& asked)
{
    const auto given = configuration_to_reach(asked.config);
    if (!given)
        return usage;
    std::error_code failure;
    if (files::exists(asked.folder, failure) && !files::is_empty(asked.folder, failure))
        return complain(usage, asked.folder + " is there and not empty; a backup needs a folder of its own");
    const copy_of_store copy{ops::admin::copy_of_store(given->data)};
    if (const auto words = make_copy(*given, copy.folder); !words.empty())
        return complain(failed, words);
    files::create_directories(asked.folder + "/store", failure);
    files::permissions(asked.folder, files::perms::owner_all, failure);
    auto made = carry(*given, copy.folder, asked.folder);
    if (!made)
        return complain(failed, "the backup can't be written: " + made.error().message());
    auto error = read_positions(*made, copy.folder);
    if (!error)
        error = sync_folder(asked.folder + "/store");
    if (!error)
        error = write_list(*made, asked.folder);
    if (error)
        return complain(failed, "the backup can't be finished: " + error.message());
    std::uint64_t bytes = 0;
    for (const auto& one : made->files)
        bytes += one.bytes;
    std::cout << "Backed up " << made->files.size() << " files, " << grouped(static_cast<double>(bytes)) << " bytes, to " << asked.folder
              << ": messages up to " << made->last.value << ", published through " << made->published.value << ".\n";
    return all_well;
}

}  // namespace

void add_backup(CLI::App& app, int& exit)
{
    const auto given = std::make_shared<arguments>();
    auto* command = app.add_subcommand("backup", "Copies all that the broker has stored into a folder, while it runs");
    command->add_option("folder", given->folder, "Where to; made, or empty. It holds patients' data: 0700")->required();
    command->add_option("--config", given->config, "The configuration; else tieline.yaml here, else in /etc/tieline");
    command->footer("The backup is of one moment; nothing stops meanwhile. It has a list of its files with checksums. The site key is in it when it\n"
                    "stands in the data folder; certificates and the configuration are not.\n"
                    "Exit: 0 done, 2 usage or configuration, 3 it could not be made.\n"
                    "Example: tieline backup /backup/tie1-monday --config /etc/tieline/tieline.yaml");
    command->callback([given, &exit] { exit = backup(*given); });
}

}  // namespace tieline::app
