#include "adapters/fhir/transaction.hpp"
#include "broker/app/commands.hpp"
#include "broker/app/configuration.hpp"

#include <openssl/evp.h>
#include <rapidjson/document.h>
#include <rapidjson/ostreamwrapper.h>
#include <rapidjson/prettywriter.h>
#include <rapidjson/writer.h>

#include <chrono>
#include <fstream>
#include <iostream>
#include <map>
#include <optional>
#include <unistd.h>

namespace tieline::app {
namespace {

constexpr std::size_t most_bytes = 64U << 20;  // of one message, or of one line of a batch

struct arguments {
    std::string file = "-", config, listener, format, as = "message";
    bool batch = false, explain = false;
};

/// Makes Bundles with the adapters that were asked for, each made once.
class converter {
public:
    explicit converter(const arguments& given) : given_(given) {}

    /// False and issues when the configuration or the adapter can't be used.
    bool open(model::issues& found)
    {
        adapters::add_builtin(known_);
        if (!given_.listener.empty() && !open_listener(found))
            return false;
        return given_.listener.empty() ? adapter(given_.format.empty() ? "hl7v2" : given_.format, found) != nullptr : true;
    }

    /// The messages of a batch, or the one message that it is. Views of the bytes; what is wrong with the batch goes into `found`.
    std::vector<std::string_view> split(std::string_view bytes, model::issues& found)
    {
        auto* const by = adapter_for(bytes, found);
        auto batch = by ? by->split(bytes) : std::nullopt;
        if (!batch)
            return {bytes};
        found.insert(found.end(), batch->found.begin(), batch->found.end());
        return batch->messages;
    }

    model::normalised convert(std::string_view bytes)
    {
        model::received message{.bytes = std::string(bytes), .listener = given_.listener, .sender = given_.listener};
        model::issues unused;
        auto* const made = adapter_for(bytes, unused);
        if (!made)
            return {.found = std::move(unused)};
        auto result = made->normalise(message);
        if (given_.as != "message" && !result.bundle.empty())
            make_transaction(result, given_.as == "transaction" ? adapters::fhir::match::id : adapters::fhir::match::identifier);
        return result;
    }

private:
    static void make_transaction(model::normalised& of, adapters::fhir::match by)
    {
        auto made = adapters::fhir::make_transaction(std::move(of.bundle), by);
        of.bundle = std::move(made.bundle);
        if (!made.why_not.empty())
            of.found.push_back({.code = "not-supported", .diagnostics = "no transaction can be made of this: " + made.why_not});
    }

    bool open_listener(model::issues& found)
    {
        const auto file = configuration_file(given_.config);
        const auto settings = load_and_check(file, found);
        if (model::has_error(found))
            return false;
        for (const auto& one : settings.listeners) {
            if (one.name == given_.listener)
                listener_ = make_adapter(one, settings.node, found, given_.explain);
        }
        if (!listener_ && !model::has_error(found))
            found.push_back({.code = "not-found", .at = file, .diagnostics = "there is no listener of this name in the configuration"});
        return listener_ != nullptr;
    }

    // JSON begins with a brace, HL7 v2 with MSH.
    std::string format_of(std::string_view bytes) const
    {
        if (!given_.format.empty())
            return given_.format;
        const auto first = bytes.find_first_not_of("\xEF\xBB\xBF \t\r\n");
        return first != std::string_view::npos && bytes[first] == '{' ? "fhir" : "hl7v2";
    }

    adapters::adapter* adapter_for(std::string_view bytes, model::issues& found)
    {
        return listener_ ? listener_.get() : adapter(format_of(bytes), found);
    }

    adapters::adapter* adapter(const std::string& format, model::issues& found)
    {
        auto& made = made_[format];
        if (!made)
            made = known_.make(format, {.explain = given_.explain}, found);
        return made.get();
    }

    const arguments& given_;
    adapters::registry known_;
    std::unique_ptr<adapters::adapter> listener_;
    std::map<std::string, std::unique_ptr<adapters::adapter>> made_;
};

std::optional<std::string> read_all(std::istream& from)
{
    std::string bytes;
    for (char chunk[65536]; from && bytes.size() <= most_bytes;) {
        from.read(chunk, sizeof chunk);
        bytes.append(chunk, static_cast<std::size_t>(from.gcount()));
    }
    return from.bad() || bytes.size() > most_bytes ? std::nullopt : std::optional(std::move(bytes));
}

// The next line, without what lies beyond the limit; `whole` is false when something did. None at the end.
std::optional<std::string> read_line(std::istream& from, bool& whole)
{
    std::string line;
    whole = true;
    auto* const buffer = from.rdbuf();
    for (int c = buffer->sbumpc(); c != EOF; c = buffer->sbumpc()) {
        if (c == '\n')
            return line;
        if (line.size() < most_bytes)
            line += static_cast<char>(c);
        else
            whole = false;
    }
    return line.empty() ? std::nullopt : std::optional(std::move(line));
}

std::optional<std::string> from_base64(std::string_view text)
{
    std::string bytes(text.size() / 4 * 3 + 3, '\0');
    const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                                     reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
    if (size < 0 || text.size() % 4)
        return std::nullopt;
    const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
    bytes.resize(static_cast<std::size_t>(size) - padding);
    return bytes;
}

void write_pretty(const std::string& json)
{
    rapidjson::OStreamWrapper out(std::cout);
    rapidjson::PrettyWriter<rapidjson::OStreamWrapper> writer(out);
    writer.SetIndent(' ', 2);
    rapidjson::Reader reader;
    rapidjson::StringStream in(json.c_str());
    reader.Parse<rapidjson::kParseNumbersAsStringsFlag | rapidjson::kParseIterativeFlag>(in, writer);
    std::cout << '\n';
}

void print_issues(const model::issues& found, std::string_view of)
{
    for (const auto& issue : found)
        std::cerr << model::name(issue.level) << ": " << of << model::to_text(issue) << '\n';
}

// One message, or the messages of a batch one after the other.
int convert_one(converter& by, std::istream& from, bool explains)
{
    auto bytes = read_all(from);
    if (!bytes) {
        std::cerr << "tieline: the message can't be read or is larger than 64 MiB\n";
        return failed;
    }
    model::issues of_batch;
    const auto messages = by.split(*bytes, of_batch);
    print_issues(of_batch, "");
    bool refused = model::has_error(of_batch);
    for (std::size_t number = 1; number <= messages.size(); number++) {
        const auto made = by.convert(messages[number - 1]);
        print_issues(made.found, messages.size() > 1 ? "message " + std::to_string(number) + ": " : "");
        refused |= made.bundle.empty();
        if (!made.bundle.empty())
            write_pretty(explains ? "{\"bundle\":" + made.bundle + ",\"explained\":" + model::to_json(made.explained) + '}' : made.bundle);
    }
    return !std::cout.flush() ? failed : refused ? some_refused : all_well;
}

/// Converts NDJSON line by line.
class batch {
public:
    batch(converter& by, std::ostream& to, bool explains) : by_(by), to_(to), explains_(explains) {}

    int run(std::istream& from)
    {
        bool whole = true;
        while (const auto line = read_line(from, whole)) {
            if (line->find_first_not_of(" \t\r") != std::string::npos)
                convert(*line, whole);
            show_progress();
        }
        if (watched_ && lines_ > 0)
            std::cerr << "\r\x1b[K";
        if (from.bad() || !to_.flush())
            return failed;
        return refused_ ? some_refused : all_well;
    }

private:
    void convert(const std::string& line, bool whole)
    {
        lines_++;
        rapidjson::Document read;
        read.Parse<rapidjson::kParseIterativeFlag>(line.data(), line.size());
        model::normalised made;
        const auto bytes = whole && !read.HasParseError() ? message_of(read) : std::nullopt;
        if (bytes)
            return convert_all(read, *bytes);
        made.found.push_back({.code = "structure", .diagnostics = "expected a JSON object with an id and a message, or a message_base64, of at most 64 MiB"});
        write(read, 0, made);
    }

    // A line for each message of a batch; what is said of the batch stands with the first.
    void convert_all(const rapidjson::Document& read, const std::string& bytes)
    {
        model::normalised made;
        const auto messages = by_.split(bytes, made.found);
        if (messages.empty())
            write(read, 0, made);
        for (std::size_t number = 1; number <= messages.size(); number++) {
            auto of_batch = std::move(made.found);
            made = by_.convert(messages[number - 1]);
            if (number == 1)
                made.found.insert(made.found.begin(), of_batch.begin(), of_batch.end());
            write(read, messages.size() > 1 ? number : 0, made);
        }
    }

    static std::optional<std::string> message_of(const rapidjson::Document& line)
    {
        if (!line.IsObject() || !line.HasMember("id"))
            return std::nullopt;
        const auto text = line.FindMember("message"), base64 = line.FindMember("message_base64");
        if (text != line.MemberEnd() && text->value.IsString())
            return std::string(text->value.GetString(), text->value.GetStringLength());
        if (base64 != line.MemberEnd() && base64->value.IsString())
            return from_base64({base64->value.GetString(), base64->value.GetStringLength()});
        return std::nullopt;
    }

    // `number`: which message of a batch; 0 for a line that is one.
    void write(const rapidjson::Document& line, std::size_t number, const model::normalised& made)
    {
        const bool has_id = !line.HasParseError() && line.IsObject() && line.HasMember("id") &&
                            (line["id"].IsString() || line["id"].IsNumber());
        to_ << "{\"id\":";
        if (has_id) {
            rapidjson::OStreamWrapper out(to_);
            rapidjson::Writer<rapidjson::OStreamWrapper> writer(out);
            line["id"].Accept(writer);
        } else {
            to_ << "null";
        }
        if (number)
            to_ << ",\"message\":" << number;
        if (made.bundle.empty()) {
            refused_ = true;
            to_ << ",\"error\":" << model::operation_outcome(made.found);
        } else {
            to_ << ",\"bundle\":" << made.bundle;
            if (!made.found.empty())
                to_ << ",\"issues\":" << model::operation_outcome(made.found);
            if (explains_)
                to_ << ",\"explained\":" << model::to_json(made.explained);
        }
        to_ << "}\n";
    }

    void show_progress()
    {
        const auto now = std::chrono::steady_clock::now();
        if (!watched_ || now - shown_ < std::chrono::milliseconds(200))
            return;
        shown_ = now;
        std::cerr << "\rconverted " << lines_ << std::flush;
    }

    converter& by_;
    std::ostream& to_;
    const bool explains_;
    std::size_t lines_ = 0;
    bool refused_ = false;
    const bool watched_ = isatty(STDERR_FILENO) != 0 && isatty(STDOUT_FILENO) == 0;
    std::chrono::steady_clock::time_point shown_{};
};

int convert(const arguments& given)
{
    std::ios::sync_with_stdio(false);
    model::issues found;
    converter by(given);
    if (!by.open(found)) {
        print(found);
        return usage;
    }
    std::ifstream file;
    if (given.file != "-")
        file.open(given.file, std::ios::binary);
    if (given.file != "-" && !file.is_open()) {
        std::cerr << "tieline: " << given.file << ": can't be read\n";
        return failed;
    }
    std::istream& from = given.file == "-" ? std::cin : file;
    return given.batch ? batch(by, std::cout, given.explain).run(from) : convert_one(by, from, given.explain);
}

}  // namespace

void add_convert(CLI::App& app, int& exit)
{
    const auto given = std::make_shared<arguments>();
    auto* command = app.add_subcommand("convert", "Makes a FHIR R4 Bundle of a message; what is wrong with it goes to standard error");
    command->add_option("file", given->file, "A message or an HL7 v2 batch, or NDJSON with --batch; - for standard input");
    command->add_flag("--batch", given->batch, R"(Reads NDJSON {"id","message"} (or "message_base64"), writes {"id","bundle","issues"} or {"id","error"}, with "message": 1 … for those of an HL7 batch)");
    auto* const explain = command->add_flag("--explain", given->explain, "Adds \"explained\": the elements that each value of the message filled and the mapping rows that did it, or why none");
    command->add_option("--format", given->format, "What the messages are; else their first byte tells")->check(CLI::IsMember({"hl7v2", "fhir"}));
    command->add_option("--as", given->as, "message; transaction: the same resources as updates that a FHIR server takes; conditional-transaction: found by identifier")
        ->check(CLI::IsMember({"message", "transaction", "conditional-transaction"}))
        ->excludes(explain);  // which names elements of the message
    auto* const listener = command->add_option("--listener", given->listener, "Converts as this listener of the configuration does, with its overlay");
    command->add_option("--config", given->config, "The configuration; else tieline.yaml here, else in /etc/tieline")->needs(listener);
    command->footer("Example: tieline convert admission.hl7");
    command->callback([given, &exit] { exit = convert(*given); });
}

}  // namespace tieline::app
