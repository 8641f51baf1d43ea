#!/bin/bash
# Boot systemd as process 1 of a small root of its own, in namespaces; nothing outside it changes.
#
#   boot.sh FOLDER PROJECT PYTHON PACKAGES
#
# FOLDER gets the root mounted, PROJECT is the checkout, PYTHON the installation that runs it, and
# PACKAGES the folder of its libraries. Of the machine the root has /usr, its libraries, and the
# projects' folders, all of them read-only. Ends when systemd ends, and takes all with it.
set -euo pipefail
folder=$1 project=$2 python=$3 packages=$4
root=$folder/root

remove() { # what systemd leaves behind ends a moment after it
    for _ in {1..50}; do
        find "$1" -depth -type d -exec rmdir {} + 2>/dev/null && break
        sleep 0.1
    done
}

# The first call: a cgroup of its own, and namespaces.
if [ -z "${INSIDE:-}" ]; then
    mkdir -p "$folder/cgroups" "$root"
    mount --make-rprivate /
    mount -t cgroup2 cgroup2 "$folder/cgroups"
    for each in "$folder"/cgroups/sigproxy-test-*; do # of runs that were killed
        [ -d "/proc/${each##*-}" ] || find "$each" -depth -type d -exec rmdir {} + 2>/dev/null || true
    done
    own=$folder/cgroups/sigproxy-test-$$
    mkdir "$own"
    # Whatever ends this process ends all that it has started.
    INSIDE=1 bash -c 'echo $$ >"$1/cgroup.procs" && shift && exec setpriv --pdeathsig KILL \
        unshare --pid --net --uts --ipc --cgroup --mount --fork --kill-child=KILL bash "$@"' \
        - "$own" "$0" "$@" &
    inner=$!
    trap 'kill -KILL "$inner" 2>/dev/null' TERM INT HUP
    trap 'remove "$own"' EXIT
    wait "$inner"
    exit
fi

show() { mkdir -p "$2" && mount --rbind "$1" "$2" && mount -o remount,bind,ro "$2"; }
file() { touch "$2" && mount --bind "$1" "$2"; }

mount -t tmpfs -o mode=755 tmpfs "$root"
cd "$root"
mkdir -p etc/systemd/system opt/sigproxy/bin run tmp var/log var/tmp proc sys dev root units
chmod 1777 tmp var/tmp
show /usr usr
for each in bin sbin lib lib32 lib64 libx32; do
    if [ -L "/$each" ]; then ln -s "$(readlink "/$each")" "$each"; elif [ -d "/$each" ]; then show "/$each" "$each"; fi
done
show "$project" opt/sigproxy-src
show "$python" opt/python
show "$packages" opt/packages

# Of the machine's units only those that a service needs.
for each in basic sysinit sockets timers paths slices local-fs multi-user network network-online \
    nss-lookup shutdown umount final exit; do
    cp "/usr/lib/systemd/system/$each.target" units/
done
cp /usr/lib/systemd/system/systemd-journald{.service,.socket,-dev-log.socket} units/
mount --bind units usr/lib/systemd/system
cat >etc/systemd/system/default.target <<'UNIT'
[Unit]
Requires=basic.target
Wants=systemd-journald.socket systemd-journald-dev-log.socket
UNIT

cat >opt/sigproxy/bin/sigproxy <<'COMMAND'
#!/bin/sh
export PYTHONPATH=/opt/sigproxy-src:/opt/packages PYTHONDONTWRITEBYTECODE=1
export LD_LIBRARY_PATH=/opt/python/lib # a Python that was moved looks for its library elsewhere
exec /opt/python/bin/python3 -m sigproxy "$@"
COMMAND
chmod 755 opt/sigproxy/bin/sigproxy

cp /etc/ld.so.cache etc/ 2>/dev/null || true
printf 'passwd: files\ngroup: files systemd\n' >etc/nsswitch.conf
printf 'root:x:0:0::/root:/bin/sh\nnobody:x:65534:65534::/:/bin/false\n' >etc/passwd
printf 'root:x:0:\nnogroup:x:65534:\n' >etc/group
printf '127.0.0.1 localhost\n' >etc/hosts
printf '0123456789abcdef0123456789abcdef\n' >etc/machine-id
printf 'nameserver 127.0.0.1\n' >etc/resolv.conf

mount -t proc proc proc
mount -t sysfs sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount -t tmpfs -o mode=755 tmpfs dev
mkdir -m 1777 dev/shm
mount -t tmpfs tmpfs dev/shm
for each in null zero full random urandom tty; do file "/dev/$each" "dev/$each"; done
ln -s /proc/self/fd dev/fd

mkdir old
pivot_root . old
cd /
umount -l /old
mount --make-rshared /
ip link set lo up
export container=lxc PATH=/usr/sbin:/usr/bin
exec /usr/lib/systemd/systemd --system --show-status=0 --log-target=journal </dev/null >/dev/null 2>&1
