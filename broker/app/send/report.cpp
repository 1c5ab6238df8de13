#include "broker/app/send/report.hpp"

#include "broker/base/time.hpp"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <cstdio>

namespace tieline::app::send {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t few = 50;  // so many messages that a person reads a line of each
constexpr int bar_width = 40;

using json_writer = rapidjson::Writer<rapidjson::StringBuffer>;

void put(json_writer& json, const char* name, std::string_view value)
{
    json.Key(name);
    json.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
}

}  // namespace

void report::add(std::string_view file, std::string_view control_id, const result<answer>& got, std::chrono::microseconds took)
{
    done_++;
    if (!got)
        tally_.failed++;
    else
        (got->positive ? tally_.positive : tally_.refused)++;
    if (got)
        tally_.microseconds.push_back(static_cast<std::uint32_t>(took.count()));
    if (json_)
        write_json(file, control_id, got, took);
    else if (total_ <= few || !got || !got->positive)
        write_text(file, control_id, got, took);
    if (progress_ && std::chrono::steady_clock::now() - drawn_ > 100ms)
        draw();
}

void report::write_json(std::string_view file, std::string_view control_id, const result<answer>& got, std::chrono::microseconds took)
{
    rapidjson::StringBuffer buffer;
    json_writer json(buffer);
    json.SetMaxDecimalPlaces(3);
    json.StartObject();
    put(json, "file", file);
    put(json, "control_id", control_id);
    if (got) {
        put(json, "answer", got->said);
        put(json, "code", got->code);
        if (!got->text.empty())
            put(json, "text", got->text);
    } else {
        put(json, "error", got.error().message());
    }
    json.Key("ms");
    json.Double(static_cast<double>(took.count()) / 1000);
    json.EndObject();
    out_ << std::string_view(buffer.GetString(), buffer.GetSize()) << '\n' << std::flush;
}

void report::write_text(std::string_view file, std::string_view control_id, const result<answer>& got, std::chrono::microseconds took)
{
    if (progress_)
        std::fputs("\r\x1b[K", stderr);
    out_ << file << "  " << (control_id.empty() ? "(no control id)" : control_id) << "  ";
    if (got)
        out_ << (got->said.empty() ? "?" : got->said) << (got->code.empty() ? "" : " " + got->code);
    else
        out_ << "failed: " << got.error().message();
    out_ << "  " << to_text(took);
    if (got && !got->text.empty())
        out_ << "  " << got->text;
    out_ << '\n' << std::flush;
}

void report::draw()
{
    drawn_ = std::chrono::steady_clock::now();
    const auto full = static_cast<int>(total_ ? done_ * bar_width / total_ : 0);
    const std::string bar = std::string(static_cast<std::size_t>(full), '#') + std::string(static_cast<std::size_t>(bar_width - full), '.');
    std::fprintf(stderr, "\r[%s] %llu of %llu\x1b[K", bar.c_str(), static_cast<unsigned long long>(done_),
                 static_cast<unsigned long long>(total_));
}

tally report::finish()
{
    if (progress_)
        std::fputs("\r\x1b[K", stderr);
    return std::move(tally_);
}

}  // namespace tieline::app::send
