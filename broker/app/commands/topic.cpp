#include "broker/app/commands.hpp"
#include "broker/app/configuration.hpp"
#include "broker/base/digest.hpp"
#include "broker/bus/bus.hpp"
#include "broker/journal/journal.hpp"
#include "broker/store/store.hpp"

#include <rapidjson/ostreamwrapper.h>
#include <rapidjson/writer.h>

#include <cstdio>
#include <iostream>
#include <map>

namespace tieline::app {
namespace {

using json_writer = rapidjson::Writer<rapidjson::OStreamWrapper>;

// Reads one listing: what stands on each record but its content.
class topic_reader {
public:
    topic_reader(const settings::configuration& given, store::store& from) : settings_(given), store_(from) {}

    int list(const std::string& name)
    {
        const auto topic = name.starts_with(settings_.bus.prefix) ? name : settings_.bus.prefix + name;
        for (std::int32_t partition = 0; partition < settings_.bus.partitions; partition++) {
            std::int64_t position = 0;
            for (;;) {
                const auto records = bus::read_embedded(store_, topic, partition, position, 256);
                if (!records) {
                    std::cerr << "tieline: " << topic << ": " << records.error().message() << '\n';
                    return failed;
                }
                if (records->empty())
                    break;
                for (const auto& record : *records)
                    print(record, partition, position++);
            }
        }
        return all_well;
    }

private:
    void print(const model::record& record, std::int32_t partition, std::int64_t position)
    {
        rapidjson::OStreamWrapper out(std::cout);
        json_writer json(out);
        const auto text = [&json](const char* key, const std::string& value) {
            json.Key(key);
            json.String(value);
        };
        json.StartObject();
        json.Key("partition");
        json.Int(partition);
        json.Key("position");
        json.Int64(position);
        text("key", record.key);
        for (const auto& [header, value] : record.headers)
            text(header.c_str(), value);
        text("control_id", control_id(record.at));
        json.Key("size");
        json.Uint64(record.value.size());
        text("sha256", hex(sha256(record.value)));
        json.EndObject();
        std::cout << '\n';
    }

    std::string control_id(offset at)
    {
        const auto entry = journal::read(store_, at);
        if (!entry)
            return {};
        auto& adapter = adapters_[entry->message.listener];
        for (const auto& listener : settings_.listeners) {
            model::issues unused;
            if (!adapter && listener.name == entry->message.listener)
                adapter = make_adapter(listener, settings_.node, unused);
        }
        model::issues unused;
        return adapter ? adapter->open(entry->message, unused).control_id : std::string();
    }

    const settings::configuration& settings_;
    store::store& store_;
    std::map<std::string, std::unique_ptr<adapters::adapter>> adapters_;
};

int list_topic(const std::string& name, const std::string& file)
{
    model::issues found;
    const auto settings = load_and_check(configuration_file(file), found);
    if (model::has_error(found)) {
        print(found);
        return usage;
    }
    if (settings.bus.kind != "embedded") {
        std::cerr << "tieline: the topics of this bus are read with Kafka's own consumer\n";
        return usage;
    }
    const auto from = store::store::open(settings.data, {.read_only = true});
    if (!from) {
        std::cerr << "tieline: " << settings.data << ": " << from.error().message() << '\n';
        return failed;
    }
    return topic_reader(settings, **from).list(name);
}

}  // namespace

void add_topic(CLI::App& app, int& exit)
{
    struct arguments {
        std::string name, file;
    };
    const auto given = std::make_shared<arguments>();
    auto* command = app.add_subcommand("topic", "Lists the records of a topic of the embedded bus: keys, headers, sizes, no content");
    command->add_option("name", given->name, "The topic, with or without the prefix")->required();
    command->add_option("--config", given->file, "The configuration; else tieline.yaml here, else in /etc/tieline");
    command->footer("Example: tieline topic adt --config config/demo.yaml");
    command->callback([given, &exit] { exit = list_topic(given->name, given->file); });
}

}  // namespace tieline::app
