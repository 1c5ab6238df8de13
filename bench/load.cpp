// Closed-loop MLLP load on loopback: every connection sends a message, waits for its acknowledgment, sends the next.
// Usage: load PORT MESSAGE CONNECTIONS SECONDS WARM_SECONDS
// MESSAGE holds `MSG00001` in MSH-10, which is replaced by an id of its own for each message, and may hold `HOSP0000`, which is
// replaced by one of 5,000 local numbers. An answer counts only when it is AA or CA and its MSA-2 is the id that was sent.
// Prints one JSON line; `all` counts the warm-up and the answers that were still due at the end as well.
// Exit: 0 all were accepted; 1 one was not, or the connection failed; 2 usage.
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace {

using clock_type = std::chrono::steady_clock;
using seconds = std::chrono::duration<double>;

constexpr std::string_view id_place = "MSG00001";
constexpr std::string_view patient_place = "HOSP0000";

struct arguments {
    std::uint16_t port = 0;
    std::string message{};
    std::size_t connections = 1;
    seconds run{}, warm{};
};

struct connection {
    int socket = -1;
    std::string id{};
    std::string answer{};
    clock_type::time_point sent{};
};

class load {
public:
    explicit load(const arguments& given) : given_(given), poll_(epoll_create1(0)), connections_(given.connections)
    {
        id_at_ = given.message.find(id_place);
        patient_at_ = given.message.find(patient_place);
        if (id_at_ == std::string::npos)
            throw std::runtime_error("the message has no MSG00001 in MSH-10");
        for (auto& one : connections_)
            open(one);
    }

    void run()
    {
        from_ = clock_type::now() + std::chrono::duration_cast<clock_type::duration>(given_.warm);
        until_ = from_ + std::chrono::duration_cast<clock_type::duration>(given_.run);
        for (auto& one : connections_)
            send(one);
        while (waiting_ > 0)
            turn();
    }

    int report()
    {
        std::sort(latency_.begin(), latency_.end());
        const auto rate = static_cast<double>(accepted_) / given_.run.count();
        std::printf("{\"connections\": %zu, \"accepted\": %ld, \"refused\": %ld, \"all\": %ld, \"rate\": %.1f, "
                    "\"p50_ms\": %.3f, \"p99_ms\": %.3f, \"p999_ms\": %.3f}\n",
                    connections_.size(), accepted_, refused_, all_, rate, percentile(0.5), percentile(0.99),
                    percentile(0.999));
        return refused_ > 0 || accepted_ == 0 ? 1 : 0;
    }

private:
    void open(connection& one)
    {
        one.socket = socket(AF_INET, SOCK_STREAM, 0);
        const int on = 1;
        setsockopt(one.socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        sockaddr_in to{};
        to.sin_family = AF_INET;
        to.sin_port = htons(given_.port);
        to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        if (connect(one.socket, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0)
            throw std::runtime_error("cannot connect");
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.ptr = &one;
        epoll_ctl(poll_, EPOLL_CTL_ADD, one.socket, &event);
    }

    void send(connection& one)
    {
        one.id = fresh_id();
        auto frame = given_.message;
        frame.replace(id_at_, id_place.size(), one.id);
        if (patient_at_ != std::string::npos) {
            char patient[16];
            std::snprintf(patient, sizeof patient, "HOSP%04ld", next_ % 5'000);
            frame.replace(patient_at_, patient_place.size(), patient);
        }
        frame = '\x0B' + frame + "\x1C\r";
        one.answer.clear();
        one.sent = clock_type::now();
        for (std::string_view rest = frame; !rest.empty();) {
            const auto count = ::send(one.socket, rest.data(), rest.size(), MSG_NOSIGNAL);
            if (count <= 0)
                throw std::runtime_error("the listener closed a connection");
            rest.remove_prefix(static_cast<std::size_t>(count));
        }
        waiting_++;
    }

    // Eight digits to the base 36 that count on from the time in microseconds, so that no two runs within a month share one.
    std::string fresh_id()
    {
        static const auto start = std::chrono::duration_cast<std::chrono::microseconds>(
            std::chrono::system_clock::now().time_since_epoch()).count();
        auto number = static_cast<std::uint64_t>(start + next_++);
        std::string id(id_place.size(), '0');
        for (auto digit = id.rbegin(); digit != id.rend(); ++digit, number /= 36)
            *digit = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[number % 36];
        return id;
    }

    void turn()
    {
        epoll_event events[64];
        const int ready = epoll_wait(poll_, events, 64, 60'000);
        if (ready == 0)
            throw std::runtime_error("no answer within 60 s");
        for (int i = 0; i < ready; i++)
            read(*static_cast<connection*>(events[i].data.ptr));
    }

    void read(connection& one)
    {
        char buffer[1 << 14];
        const auto count = recv(one.socket, buffer, sizeof buffer, 0);
        if (count <= 0)
            throw std::runtime_error("the listener closed a connection");
        one.answer.append(buffer, static_cast<std::size_t>(count));
        if (!one.answer.ends_with("\x1C\r"))
            return;
        waiting_--;
        count_answer(one);
        if (clock_type::now() < until_)
            send(one);
    }

    void count_answer(const connection& one)
    {
        const auto now = clock_type::now();
        const bool positive = one.answer.find("\rMSA|AA|" + one.id) != std::string::npos ||
                              one.answer.find("\rMSA|CA|" + one.id) != std::string::npos;
        all_ += positive ? 1 : 0;
        refused_ += positive ? 0 : 1;
        if (!positive || now < from_ || now > until_)
            return;
        accepted_++;
        latency_.push_back(std::chrono::duration<double, std::milli>(now - one.sent).count());
    }

    double percentile(double part) const
    {
        const auto at = static_cast<std::size_t>(part * static_cast<double>(latency_.size()));
        return latency_.empty() ? 0 : latency_[std::min(at, latency_.size() - 1)];
    }

    const arguments& given_;
    int poll_;
    std::vector<connection> connections_;
    std::size_t id_at_ = 0, patient_at_ = 0, waiting_ = 0;
    long next_ = 0, accepted_ = 0, refused_ = 0, all_ = 0;
    clock_type::time_point from_{}, until_{};
    std::vector<double> latency_;
};

}  // namespace

int main(int argc, char** argv)
{
    if (argc != 6)
        return std::fputs("usage: load PORT MESSAGE CONNECTIONS SECONDS WARM_SECONDS\n", stderr), 2;
    std::ifstream file(argv[2], std::ios::binary);
    arguments given{static_cast<std::uint16_t>(std::atoi(argv[1])),
                    std::string(std::istreambuf_iterator<char>(file), {}),
                    static_cast<std::size_t>(std::atoi(argv[3])), seconds(std::atof(argv[4])), seconds(std::atof(argv[5]))};
    try {
        load one(given);
        one.run();
        return one.report();
    } catch (const std::exception& error) {
        std::fprintf(stderr, "load: %s\n", error.what());
        return 1;
    }
}
