#!/bin/sh
# Make a Debian with Python ready for Sextant to run in: what an image has beside the folder that install.sh fills.
# Runs as root, once, while the image is made.
set -eu

# Postgres wants a name for its account, also where the cluster gives each namespace numbers of its own.
apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -qq --yes --no-install-recommends libnss-unknown >/dev/null
rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin /var/log/apt /var/log/dpkg.log
grep -q '^passwd:.*unknown' /etc/nsswitch.conf || sed -i 's/^\(passwd\|group\):\(.*\)/\1:\2 unknown/' /etc/nsswitch.conf

echo 'sextant:x:10001:10001:Sextant:/tmp:/usr/sbin/nologin' >>/etc/passwd
echo 'sextant:x:10001:' >>/etc/group

# By contents, as in install.sh: without, every start would compile the standard library.
library=$(python3 -c 'import sysconfig; print(sysconfig.get_path("stdlib"))')
python3 -m compileall -q -j 0 -f --invalidation-mode unchecked-hash -x '/(test|tests|idlelib|lib2to3|ensurepip)/' "$library"
