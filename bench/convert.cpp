// How long the conversion of one HL7 v2 message takes on one thread, in processor time, so that other work on the machine counts
// less: parse, map and write apart; and how long RapidJSON needs to write the same Bundle.
//
// Usage: bench_convert MESSAGE [TIMES]     prints `name value` lines

#include "adapters/hl7v2/conversion.hpp"
#include "adapters/hl7v2/write.hpp"

#include <rapidjson/document.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <iterator>
#include <string>

using namespace tieline;
using namespace tieline::adapters::hl7v2;

namespace {

double microseconds()
{
    timespec at{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &at);
    return static_cast<double>(at.tv_sec) * 1e6 + static_cast<double>(at.tv_nsec) / 1e3;
}

// Microseconds that one call takes. A clock read at each call would take longer than some of what is measured.
template <typename Work>
double time_of(int times, const Work& work)
{
    for (int i = 0; i < times / 10 + 1; i++)
        work();  // warms up
    const auto start = microseconds();
    for (int i = 0; i < times; i++)
        work();
    return (microseconds() - start) / times;
}

std::string read_file(const char* name)
{
    std::ifstream file(name, std::ios::binary);
    std::string bytes{std::istreambuf_iterator<char>(file), {}};
    if (bytes.find('\r') == std::string::npos)
        std::replace(bytes.begin(), bytes.end(), '\n', '\r');
    return bytes;
}

double time_of_rapidjson(int times, std::string_view bundle)
{
    rapidjson::Document document;
    document.Parse(bundle.data(), bundle.size());
    rapidjson::StringBuffer written;
    return time_of(times, [&] {
        written.Clear();
        rapidjson::Writer<rapidjson::StringBuffer> writer(written);
        document.Accept(writer);
    });
}

int run(const std::string& bytes, int times)
{
    model::issues found;
    const auto before = microseconds();
    conversion convert(program::compile({}, found), {});
    const auto compiled = microseconds() - before;
    message read;
    json_text bundle;
    const auto parse = [&] {
        found.clear();
        read.read(bytes, found);
    };
    const auto map = [&] { convert.run(read, bytes, found); };
    const auto write = [&] {
        bundle.clear();
        write_bundle(*convert.bundle(), convert.entries(), bundle);
    };
    parse();
    map();
    if (!convert.bundle())
        return 1;
    const auto all = time_of(times, [&] { parse(), map(), write(); });
    const auto parsed = time_of(times, parse), mapped = time_of(times, map), wrote = time_of(times, write);
    const auto size = bundle.view().size();
    const auto rapid = time_of_rapidjson(times, bundle.view());
    std::printf("compile_ms %.2f\nin_bytes %zu\nout_bytes %zu\nparse_us %.2f\nmap_us %.2f\nwrite_us %.2f\nall_us %.2f\nmessages_s %.0f\n",
                compiled / 1e3, bytes.size(), size, parsed, mapped, wrote, all, 1e6 / all);
    std::printf("rapidjson_us %.2f\nrapidjson_gb_s %.2f\nall_of_rapidjson %.2f\n", rapid, static_cast<double>(size) / rapid / 1e3, all / rapid);
    return 0;
}

}  // namespace

int main(int count, char** given)
{
    const auto bytes = count > 1 ? read_file(given[1]) : std::string();
    if (bytes.empty()) {
        std::fprintf(stderr, "usage: bench_convert MESSAGE [TIMES]\n");
        return 2;
    }
    return run(bytes, count > 2 ? std::max(1, std::atoi(given[2])) : 20'000);
}
