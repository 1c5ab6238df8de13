// What happens when we are wrong: say where, and stop. A restart recovers from the journal.
#include <boost/assert.hpp>

#include <cstdio>
#include <cstdlib>

namespace boost {

void assertion_failed(const char* expression, const char* function, const char* file, long line)
{
    std::fprintf(stderr, "{\"event\":\"base.assertion_failed\",\"expression\":\"%s\",\"function\":\"%s\",\"at\":\"%s:%ld\"}\n",
                 expression, function, file, line);
    std::abort();
}

void assertion_failed_msg(const char* expression, const char* message, const char* function, const char* file, long line)
{
    std::fprintf(stderr, "{\"event\":\"base.assertion_failed\",\"reason\":\"%s\"}\n", message);
    assertion_failed(expression, function, file, line);
}

}  // namespace boost
