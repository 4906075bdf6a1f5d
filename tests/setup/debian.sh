# Unpacks packages of a newer Debian suite, with everything they need down to the C library, into a folder of its own.
# Sourced by the scripts beside it.
#
# Works as any user and leaves the system as it is: apt gets a private configuration (its own lists, its own empty
# package status, no hooks), and nothing is installed, only unpacked.
# The mirror and the key are the machine's own, and signatures are checked as always.

set -euo pipefail

# Newest first: what is in testing today may be only in unstable tomorrow.
SUITES=${HOB_DEBIAN_SUITES:-forky sid}

# Says what is wrong and ends.
fail() {
  echo "${0##*/}: $*" >&2
  exit 1
}

# Prints the mirror that this machine takes its Debian packages from, as apt itself understands its sources.
machine_mirror() {
  local codename site release
  codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
  while IFS='|' read -r site release; do
    # `bookworm`, not `bookworm-security`: other archives do not carry the other suites.
    if [ "$release" = "$codename" ]; then
      echo "$site"
      return
    fi
  done < <(apt-get indextargets --no-release-info --format '$(SITE)|$(RELEASE)' 'Created-By: Packages' 'Component: main')
  fail "no Debian mirror for '$codename' in this machine's apt sources"
}

# Writes apt's private configuration for one suite below the folder $1.
private_apt() {
  local apt=$1 suite=$2 mirror keys=/usr/share/keyrings/debian-archive-keyring.gpg
  mirror=$(machine_mirror)
  rm -rf "$apt"
  mkdir -p "$apt"/{lists/partial,cache/archives/partial,state,none}
  : > "$apt/status"
  {
    printf 'Types: deb\nURIs: %s\nSuites: %s\nComponents: main\n' "$mirror" "$suite"
    # Else apt's own trusted keys count.
    if [ -r "$keys" ]; then echo "Signed-By: $keys"; fi
  } > "$apt/suite.sources"
  cat > "$apt/apt.conf" <<CONF
Dir::State "$apt/state";
Dir::State::lists "$apt/lists";
Dir::State::status "$apt/status";
Dir::Cache "$apt/cache";
Dir::Cache::archives "$apt/cache/archives";
Dir::Etc::sourcelist "$apt/suite.sources";
Dir::Etc::sourceparts "$apt/none";
Dir::Etc::preferences "-";
Dir::Etc::preferencesparts "$apt/none";
APT::Get::AllowUnauthenticated "false";
APT::Install-Recommends "false";
APT::Sandbox::User "root";
Acquire::Languages "none";
Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled "false";
Acquire::Retries "3";
Acquire::http::Timeout "30";
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear DPkg::Pre-Invoke;
#clear DPkg::Post-Invoke;
#clear DPkg::Pre-Install-Pkgs;
CONF
}

# Downloads packages $2… with all they depend on into $1/cache/archives, trying again when the network hiccups.
download() {
  local apt=$1 attempt
  shift
  for attempt in 1 2 3; do
    if apt-get -c "$apt/apt.conf" -qq update &&
      apt-get -c "$apt/apt.conf" -qq -y --download-only install "$@"; then
      return
    fi
    sleep $((attempt * 3))
  done
  return 1
}

# unpack TEMP PACKAGE…: the packages and their dependencies, unpacked into TEMP/root.
unpack() {
  local temp=$1 suite deb
  shift
  for tool in apt-get dpkg-deb; do
    command -v "$tool" >/dev/null || fail "needs $tool: this way of getting test tools is for Debian and its kin"
  done
  for suite in $SUITES; do
    private_apt "$temp/apt" "$suite"
    if download "$temp/apt" "$@"; then
      for deb in "$temp/apt/cache/archives/"*.deb; do
        dpkg-deb -x "$deb" "$temp/root"
      done
      rm -rf "$temp/apt"
      return
    fi
    echo "${0##*/}: $* could not be had from $suite" >&2
  done
  fail "could not download: $*"
}

# loader TEMP: the path of the dynamic loader within TEMP/root, relative to it.
loader() {
  local found
  found=$(cd "$1/root" && find usr/lib -name 'ld-linux*.so*' -not -type d | head -n 1)
  [ -n "$found" ] || fail "the C library's loader is missing"
  echo "$found"
}

# own_libraries TEMP FINAL FILE…: makes programs and libraries of TEMP/root use the C library and the libraries that
# came with them, from where they will stand: FINAL/root. A program can then be started, and start itself, as any other.
own_libraries() {
  local temp=$1 final=$2 relative folder file
  shift 2
  relative=$(loader "$temp")
  folder=${relative%/*}
  # Runs before the programs are patched, hence through the loader.
  patch() { "$temp/root/$relative" --library-path "$temp/root/$folder" "$temp/root/usr/bin/patchelf" "$@"; }
  for file in "$@"; do
    patch --force-rpath --set-rpath "$final/root/$folder:$final/root/$folder/llama" "$file"
    case $file in *.so*) ;; *) patch --set-interpreter "$final/root/$relative" "$file" ;; esac
  done
}

# install_into FINAL PROGRAM BUILD: runs the function BUILD (given a temporary folder and FINAL), and moves the result to
# FINAL in one step. Does nothing when PROGRAM, relative to FINAL, already runs.
install_into() {
  local final=$1 program=$2 build=$3 temp
  mkdir -p "$(dirname "$final")"
  final=$(cd "$(dirname "$final")" && pwd)/$(basename "$final")
  if "$final/$program" --version >/dev/null 2>&1; then return; fi
  temp=$(mktemp -d "$final.XXXXXX")
  trap "rm -rf '$temp'" EXIT
  "$build" "$temp" "$final"
  chmod 755 "$temp"
  rm -rf "$final"
  mv "$temp" "$final"
  trap - EXIT
  if ! "$final/$program" --version >/dev/null; then
    rm -rf "$final"
    fail "$program does not run"
  fi
}
