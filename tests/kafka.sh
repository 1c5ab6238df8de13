#!/usr/bin/env bash
# A real Apache Kafka for tests and measurements: KRaft, loopback only, from its published jars.
# Usage: kafka.sh start DIR PORT [NODE COUNT]   returns when it takes clients; the controller uses PORT+1; data and log stay in DIR.
#                                   With NODE and COUNT it is one of a cluster, whose first node has PORT, the next PORT+2 and so
#                                   on, each a DIR of its own: start them side by side, as none takes clients before most are there
#        kafka.sh stop DIR          ends it cleanly; a later start goes on with the same data
#        kafka.sh kill DIR          ends it as a power cut would
#        kafka.sh pause DIR, resume DIR   stops it as a machine that hangs would, and lets it go on
#        kafka.sh consume DIR TOPIC [ConsoleConsumer options]   Kafka's own console consumer
#        kafka.sh topic DIR [TopicCommand options]              Kafka's own topic command
#        kafka.sh configure DIR [ConfigCommand options]         Kafka's own command for settings
# Exit: 0 done; 1 it could not be; 2 usage.
set -euo pipefail
usage() { sed -n 3,12p "$0" >&2; exit 2; }
fail() { echo "kafka.sh: $*" >&2; exit 1; }
[ $# -ge 2 ] || usage
here=$(cd "$(dirname "$0")" && pwd)
action=$1
mkdir -p "$2"
dir=$(cd "$2" && pwd)
shift 2

alive() { [ -f "$dir/pid" ] && grep -qs kafka.Kafka "/proc/$(<"$dir/pid")/cmdline"; }
open_port() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
java_with_kafka() { java -cp "$jars/*" -Dorg.slf4j.simpleLogger.defaultLogLevel="${level:-error}" "${heap:--Xmx256m}" "$@"; }
tool() { java_with_kafka -XX:TieredStopAtLevel=1 "$1" --bootstrap-server "127.0.0.1:$(<"$dir/port")" "${@:2}"; }
need_jars() { jars=$("$here/jars.sh" "$here/integration/pom.xml" kafka); }

# Waits until `condition...` holds, at most TENTHS of a second.
within() {
    local tenths=$1
    shift
    for ((; tenths > 0; tenths--)); do
        if "$@"; then return 0; fi
        sleep 0.1
    done
    return 1
}

write_settings() {  # PORT NODE COUNT; records to 48 MiB pass; one node can replicate nothing
    local first=$(($1 - 2 * ($2 - 1))) voters= replicas=$(($3 < 3 ? 1 : 3)) each
    for ((each = 1; each <= $3; each++)); do voters+=${voters:+,}$each@127.0.0.1:$((first + 2 * each - 1)); done
    cat >"$dir/server.properties" <<END
process.roles=broker,controller
node.id=$2
controller.quorum.voters=$voters
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://127.0.0.1:$1,CONTROLLER://127.0.0.1:$(($1 + 1))
advertised.listeners=PLAINTEXT://127.0.0.1:$1
log.dirs=$dir/data
message.max.bytes=50331648
replica.fetch.max.bytes=50331648
auto.create.topics.enable=false
default.replication.factor=$replicas
min.insync.replicas=$((replicas > 1 ? 2 : 1))
offsets.topic.num.partitions=4
offsets.topic.replication.factor=$replicas
transaction.state.log.num.partitions=4
transaction.state.log.replication.factor=$replicas
transaction.state.log.min.isr=$((replicas > 1 ? 2 : 1))
group.initial.rebalance.delay.ms=0
controlled.shutdown.enable=false
END
}

started_or_dead() { grep -qs 'Kafka Server started' "$dir/kafka.log" || ! alive; }

start() {
    local port=$(($1 + 2 * ($2 - 1)))
    ! alive || fail "already runs from $dir (process $(<"$dir/pid"))"
    for taken in "$port" $((port + 1)); do ! open_port "$taken" || fail "port $taken is in use"; done
    need_jars
    write_settings "$port" "$2" "$3"
    echo "$port" >"$dir/port"
    if [ ! -f "$dir/data/meta.properties" ]; then
        java_with_kafka kafka.tools.StorageTool format --config "$dir/server.properties" \
            --cluster-id dGllbGluZS10ZXN0cy0wMQ >"$dir/format.log" 2>&1 ||
            fail "cannot format its data: see $dir/format.log"
    fi
    : >"$dir/kafka.log"
    setsid java -cp "$jars/*" -Dorg.slf4j.simpleLogger.defaultLogLevel=info -Xmx1g -Xms256m \
        kafka.Kafka "$dir/server.properties" </dev/null >>"$dir/kafka.log" 2>&1 &
    echo $! >"$dir/pid"
    within 50 alive || fail "did not start: see $dir/kafka.log"
    within 900 started_or_dead || fail "took no clients within 90 s: see $dir/kafka.log"
    alive || { tail -n 5 "$dir/kafka.log" >&2; fail "ended at once: see $dir/kafka.log"; }
}

end_with() {
    alive || { rm -f "$dir/pid"; return 0; }
    local pid
    pid=$(<"$dir/pid")
    kill "-$1" "$pid"
    gone() { ! kill -0 "$pid" 2>/dev/null; }
    within 300 gone || { kill -KILL "$pid"; within 50 gone; fail "did not end within 30 s and was killed"; }
    rm -f "$dir/pid"
}

case $action/$# in
start/1) start "$1" 1 1 ;;
start/3) start "$@" ;;
pause/0) kill -STOP "$(<"$dir/pid")" ;;
resume/0) kill -CONT "$(<"$dir/pid")" ;;
stop/0) end_with TERM ;;
kill/0) end_with KILL ;;
consume/[1-9]*) need_jars; heap=-Xmx1g tool org.apache.kafka.tools.consumer.ConsoleConsumer --topic "$@" ;;
configure/[1-9]*) need_jars; tool kafka.admin.ConfigCommand "$@" ;;
topic/[1-9]*) need_jars; tool org.apache.kafka.tools.TopicCommand "$@" ;;
*) usage ;;
esac
