#!/usr/bin/env bash
# A single-node Ceph object gateway, kept in memory, that lives as long as this script's standard input is open.
#   s3-server.sh FOLDER GATEWAY_PORT MONITOR_PORT ACCESS_KEY SECRET_KEY
# Prints "ready" once the gateway answers. The test process holds the other end of standard input: when it ends, however it
# ends, the daemons stop and FOLDER is removed. They also die with this script, so that no kill leaves them behind.
set -euo pipefail
folder=$1 gateway_port=$2 monitor_port=$3 access_key=$4 secret_key=$5
export CEPH_CONF=$folder/ceph.conf
daemons=()

stop() {
    # The gateway first: it waits for the object store when that one is gone.
    for ((i = ${#daemons[@]} - 1; i >= 0; i--)); do
        kill -TERM "${daemons[i]}" 2>/dev/null || true
        for _ in {1..50}; do
            kill -0 "${daemons[i]}" 2>/dev/null || break
            sleep 0.1
        done
        kill -KILL "${daemons[i]}" 2>/dev/null || true
    done
    rm -rf "$folder"
}
trap stop EXIT
trap 'exit 1' INT TERM HUP

daemon() {
    # setsid: a Ctrl+C at the terminal stops the tests; the daemons are then stopped in order, by this script.
    setpriv --pdeathsig KILL -- setsid "$@" --foreground </dev/null >>"$folder/daemons.log" 2>&1 &
    daemons+=($!)
}

# A client may ask before it knows which cluster it asks, and is then refused (EPERM): the same again is right a moment later.
# Bounded, because a client of a daemon that died waits for ever.
monitor() {
    for _ in {1..20}; do
        if timeout 20 ceph "$@" >>"$folder/daemons.log" 2>&1; then
            return
        fi
        sleep 0.1
    done
    tail -n 40 "$folder/daemons.log" >&2
    return 1
}

mkdir -p "$folder/mon" "$folder/osd" "$folder/run" "$folder/rgw"
cluster=$(cat /proc/sys/kernel/random/uuid)
cat >"$CEPH_CONF" <<CONF
[global]
# One node, this machine only, nobody else to authenticate.
fsid = $cluster
mon_host = v1:127.0.0.1:$monitor_port
ms_bind_msgr2 = false
public_network = 127.0.0.0/8
public_addr = 127.0.0.1
cluster_addr = 127.0.0.1
auth_cluster_required = none
auth_service_required = none
auth_client_required = none
keyring = /dev/null
run_dir = $folder/run
admin_socket = $folder/run/\$name.sock
pid_file =
log_file = $folder/\$name.log
mon_cluster_log_file = $folder/cluster.log
mon_data = $folder/mon
osd_data = $folder/osd
rgw_data = $folder/rgw

# Small and quick: one copy in memory, one placement group a pool, no wait before a monitor decision.
osd_objectstore = memstore
memstore_device_bytes = 4294967296
osd_crush_chooseleaf_type = 0
# Not on start: a daemon that is refused like that dies of it.
osd_crush_update_on_start = false
osd_class_update_on_start = false
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 1
osd_pool_default_pg_autoscale_mode = off
rgw_rados_pool_pg_num_min = 1
mon_allow_pool_size_one = true
mon_data_avail_crit = 1
paxos_propose_interval = 0.05

rgw_frontends = beast endpoint=127.0.0.1:$gateway_port
rgw_crypt_require_ssl = false
CONF

monmaptool --create --fsid "$cluster" --addv a "v1:127.0.0.1:$monitor_port" "$folder/monmap" >/dev/null
ceph-mon --mkfs --id a --monmap "$folder/monmap"
daemon ceph-mon --id a
disk=$(cat /proc/sys/kernel/random/uuid)
monitor osd new "$disk" 0
monitor osd crush add osd.0 1 root=default host=local
ceph-osd --id 0 --mkfs --osd-uuid "$disk" >>"$folder/daemons.log" 2>&1
daemon ceph-osd --id 0
if ! timeout 20 radosgw-admin user create --uid=tests --display-name=tests \
    --access-key="$access_key" --secret-key="$secret_key" >>"$folder/daemons.log" 2>&1; then
    tail -n 40 "$folder/daemons.log" >&2
    exit 1
fi
daemon radosgw --name client.rgw
for _ in {1..300}; do
    if (exec 3<>"/dev/tcp/127.0.0.1/$gateway_port") 2>/dev/null; then
        echo ready
        cat >/dev/null
        exit 0
    fi
    kill -0 "${daemons[-1]}" || break
    sleep 0.1
done
tail -n 20 "$folder/daemons.log" "$folder/client.rgw.log" >&2
exit 1
