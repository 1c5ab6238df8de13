// How long the conversion of one HL7 v2 message takes, on one thread: parse, map and write apart, in processor time, so that other
// work on the machine counts less.
//
// Usage: bench_convert MESSAGE [TIMES]

#include "adapters/hl7v2/conversion.hpp"
#include "adapters/hl7v2/write.hpp"

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

std::string read_file(const char* name)
{
    std::ifstream file(name, std::ios::binary);
    std::string bytes{std::istreambuf_iterator<char>(file), {}};
    if (bytes.find('\r') == std::string::npos)
        std::replace(bytes.begin(), bytes.end(), '\n', '\r');
    return bytes;
}

int run(const std::string& bytes, int times)
{
    model::issues found;
    const auto before = microseconds();
    conversion convert(program::compile({}, found), {});
    const auto compiled = microseconds() - before;
    message read;
    json_text bundle;
    double parse = 0, map = 0, write = 0;
    for (int i = 0; i < times + times / 10; i++) {
        if (i == times / 10)
            parse = map = write = 0;  // what came before warmed up
        found.clear();
        const auto start = microseconds();
        if (!read.read(bytes, found))
            return 1;
        const auto parsed = microseconds();
        convert.run(read, bytes, found);
        const auto mapped = microseconds();
        bundle.clear();
        if (convert.bundle())
            write_bundle(*convert.bundle(), convert.entries(), bundle);
        write += microseconds() - mapped;
        map += mapped - parsed;
        parse += parsed - start;
    }
    std::printf("compile_ms %.2f\nin_bytes %zu\nout_bytes %zu\nparse_us %.2f\nmap_us %.2f\nwrite_us %.2f\nall_us %.2f\n", compiled / 1e3,
                bytes.size(), bundle.view().size(), parse / times, map / times, write / times, (parse + map + write) / times);
    return bundle.view().empty();
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
