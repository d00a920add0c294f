#!/bin/sh
# Install Sextant, or one part of it, into a folder of its own: the one way an image comes about, with an engine (Dockerfile)
# and without (deploy/images). What is downloaded is a wheel whose hash the lock names, or one of Kafka's jars.
#
#   install.sh dependencies SOURCE SERVICE PREFIX
#   install.sh sextant SOURCE SERVICE PREFIX [NATIVE_WHEEL]
#
# The first step takes long and reads only the lock, two scripts and sextant/stack, so that its result can be kept between builds.
#
# SOURCE         the source tree; it is only read
# SERVICE        a service of services/, or: simulator, stack (the servers), operator (the command), all
# PREFIX         where it will be run from: paths of it are written into what is installed; the tools of the build lie in PREFIX.tools
# NATIVE_WHEEL   the native module, built elsewhere; without it, it is built where cargo is, and left out where it is not
#
# PREFIX/bin/start then runs the part, PREFIX/share/sextant/sbom.cdx.json names what is inside. Temporary files go below TMPDIR.
set -eu

usage() {
    sed -n '2,/^set -eu/s/^# \{0,1\}//p' "$0" >&2
    exit 2
}

if [ $# -lt 4 ] || [ $# -gt 5 ]; then usage; fi
step=$1 source=$2 service=$3 prefix=$4 native=${5:-}
tools=$prefix.tools
python=$prefix/bin/python
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export PYTHONDONTWRITEBYTECODE=1 UV_LINK_MODE="${UV_LINK_MODE:-copy}"

say() { echo "install: $*" >&2; }
subset() { python3 "$source/deploy/docker/subset.py" "$source/requirements.lock" "$source/pyproject.toml" "$@"; }
uv() { "$tools/bin/uv" --quiet --no-config "$@"; }

# By contents, not by times: packing an image changes the times of files, and nobody may write the compiled ones anew.
compile() { "$python" -m compileall -q -j 0 --invalidation-mode unchecked-hash "$@"; }

dependencies() {
    case $service in
        all) extra=platform ;; # the extra of pyproject.toml
        *) extra=$service ;;
    esac
    subset "$extra" >"$work/requirements.txt"
    subset image >"$work/tools.txt"

    say "tools of the build"
    python3 -m venv "$tools"
    "$tools/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: \
        --requirement "$source/bootstrap.lock"
    uv pip install --python "$tools/bin/python" --no-deps --require-hashes --no-build --requirement "$work/tools.txt"

    say "what $service stands on"
    uv venv --python "$(command -v python3)" "$prefix"
    uv pip install --python "$python" --no-deps --require-hashes --no-build --requirement "$work/requirements.txt"
    compile "$prefix/lib"

    if "$python" -c 'import jgo' 2>/dev/null; then
        say "Kafka's jars, and its classes as the JVM keeps them"
        prepare='from sextant.stack.commands import app; app(["prepare"])'
        PYTHONPATH=$source XDG_CACHE_HOME=$prefix/cache "$python" -c "$prepare"
    fi
}

build_wheels() {
    mkdir "$work/wheels" "$work/tree"
    for part in pyproject.toml README.md LICENSE sextant services topologies simulator; do
        cp -R "$source/$part" "$work/tree/"
    done
    (cd "$work/tree" && "$tools/bin/python" -m hatchling build --target wheel --directory "$work/wheels")
    if [ -n "$native" ]; then
        cp "$native" "$work/wheels/"
    elif command -v cargo >/dev/null && command -v cc >/dev/null; then
        say "the native module"
        cp -R "$source/native" "$work/native"
        CARGO_TARGET_DIR=$work/target "$tools/bin/maturin" build --quiet --release --manifest-path "$work/native/Cargo.toml" \
            --interpreter "$tools/bin/python" --out "$work/wheels"
    else
        say "no cargo and cc here: market frames are read by pure Python"
    fi
}

# What starts the part when nothing else is asked for.
write_start() {
    case $service in
        all | operator) command=sextant ;;
        stack) command="sextant stack serve" ;;
        simulator) command="python -m simulator" ;;
        *) command="python -m services.$service" ;;
    esac
    printf '#!/bin/sh\nexec %s "$@"\n' "$command" >"$prefix/bin/start"
    chmod 755 "$prefix/bin/start"
}

bill_of_materials() {
    "$tools/bin/cyclonedx-py" environment --output-reproducible --pyproject "$source/pyproject.toml" --mc-type application \
        --output-format JSON --output-file "$work/sbom.json" "$python"
    "$tools/bin/python" "$source/deploy/docker/sbom.py" "$work/sbom.json" "$prefix/cache" >"$prefix/share/sextant/sbom.cdx.json"
}

sextant() {
    say "Sextant itself"
    build_wheels
    uv pip install --python "$python" --no-deps --no-index "$work"/wheels/*.whl
    uv pip check --python "$python"
    site=$("$python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
    compile "$site/sextant" "$site/services" "$site/topologies" "$site/simulator"
    mkdir -p "$prefix/share/sextant"
    cp "$source/LICENSE" "$source/config/sextant.yaml" "$prefix/share/sextant/"
    write_start
    say "bill of materials"
    bill_of_materials
    PATH=$prefix/bin:$PATH "$prefix/bin/start" --help >/dev/null
    rm -f "$prefix/.lock"
    chmod -R a+rX,go-w "$prefix"
    say "$service is in $prefix: $(du -sm "$prefix" | cut -f1) MB"
}

case $step in
    dependencies | sextant) "$step" ;;
    *) usage ;;
esac
