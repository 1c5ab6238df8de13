#include "broker/app/backup/archive.hpp"
#include "broker/app/commands.hpp"
#include "broker/app/commands/reach.hpp"
#include "broker/deliver/dispatcher.hpp"
#include "broker/journal/journal.hpp"

#include <filesystem>
#include <iostream>
#include <memory>

namespace tieline::app {
namespace {

namespace files = std::filesystem;

struct arguments {
    std::string folder, data;
};

// Copies the files and compares each with the list. In words what does not match; empty: all do.
std::string bring_back(const archive& what, const std::string& from, const std::string& data)
{
    std::vector<std::string> names;
    for (const auto& one : what.files)
        names.push_back(one.name);
    std::string wrong;
    auto listed = what.files.begin();
    const auto copied = copy_files(from, data, names, [&](const archived& one) {
        if (wrong.empty() && (one.bytes != listed->bytes || one.checksum != listed->checksum))
            wrong = from + '/' + one.name + " does not match its checksum";
        ++listed;
    });
    if (!copied)
        return (listed == what.files.end() ? from : from + '/' + listed->name) + " can't be copied: " + copied.error().message();
    return wrong;
}

// Reads everything that came, and has the journal go on far behind what may have been given out since.
result<std::uint64_t> open_again(const std::string& data, offset first)
{
    const auto opened = store::store::open(data, {.on_damage = [](const store::damage& found) {
        complain(0, "damaged: " + store::to_text(found) + " (" + found.where + ")");
    }});
    if (!opened)
        return opened.error();
    const auto rows = (*opened)->verify();
    if (!rows)
        return rows.error();
    store::batch changes;
    journal::put_begin(changes, first);
    deliver::forget_clean_stop(changes);
    if (const auto failed = (*opened)->commit(std::move(changes), store::durability::synced))
        return failed;
    return rows;
}

void remove_again(const std::string& data, const archive& what)
{
    std::error_code ignored;
    files::remove_all(data + "/store", ignored);
    for (const auto& one : what.files)
        files::remove(data + '/' + one.name, ignored);
}

void tell(const archive& what, std::uint64_t rows, offset first)
{
    std::cout << "Restored and verified: " << what.files.size() << " files, " << grouped(static_cast<double>(rows)) << " rows of node " << what.node
              << " as of " << what.made << ": messages up to " << what.last.value << ", published through " << what.published.value << ".\n"
              << "- New messages begin at " << what.node << '.' << first.value << ", so that no id of a message since then is used again.\n"
              << "- What waited or was Held then does so again: what was delivered since is sent once more, under its old id.\n"
              << "- Messages that came since are not here. Those that were published stand on Kafka, which keeps its own position: the bus goes on\n"
              << "  behind it and publishes none of them twice. The embedded bus goes on at the positions of the backup.\n";
}

int restore(const arguments& asked)
{
    std::error_code failure;
    if (files::exists(asked.data + "/store", failure) || files::exists(asked.data + "/site.key", failure))
        return complain(usage, asked.data + " holds a store or a site key already; restore to another folder, or move it away");
    const auto what = read_list(asked.folder);
    if (!what)
        return complain(failed, asked.folder + " has no list of a whole backup: " + what.error().message());
    files::create_directories(asked.data, failure);
    files::permissions(asked.data, files::perms::owner_all, failure);
    auto wrong = bring_back(*what, asked.folder, asked.data);
    const auto first = journal::begin_again_after(what->last);
    if (wrong.empty()) {
        const auto rows = open_again(asked.data, first);
        if (rows)
            tell(*what, *rows, first);
        else
            wrong = "the store does not verify: " + rows.error().message();
    }
    if (!wrong.empty()) {
        remove_again(asked.data, *what);
        return complain(failed, wrong + "; nothing was restored");
    }
    return all_well;
}

}  // namespace

void add_restore(CLI::App& app, int& exit)
{
    const auto given = std::make_shared<arguments>();
    auto* command = app.add_subcommand("restore", "Brings a backup back into an empty data folder, and reads all of it before it says so");
    command->add_option("folder", given->folder, "What `tieline backup` made")->required();
    command->add_option("--to", given->data, "The data folder; made if it is not there")->required();
    command->footer("Every file is compared with the backup's list, then every block and every value with its checksum. When one does not match, it is\n"
                    "named and nothing is left behind.\n"
                    "Exit: 0 restored and verified, 2 usage, 3 the backup is damaged or can't be copied.\n"
                    "Example: tieline restore /backup/tie1-monday --to /var/lib/tieline");
    command->callback([given, &exit] { exit = restore(*given); });
}

}  // namespace tieline::app
