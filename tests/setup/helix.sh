#!/usr/bin/env bash
# Puts Helix 25.01 or newer into the folder $1; afterwards $1/bin/hx runs.
# Takes no time when it is there already. See debian.sh for where it comes from.

. "$(dirname "${BASH_SOURCE[0]}")/debian.sh"
[ $# = 1 ] || fail "usage: helix.sh FOLDER"

build() {
  local temp=$1 final=$2
  unpack "$temp" hx patchelf
  own_libraries "$temp" "$final" "$temp/root/usr/lib/hx/hx"
  mkdir "$temp/bin"
  # The program looks for its queries and themes where Debian would have installed them.
  printf '#!/bin/sh\nHELIX_RUNTIME="%s" exec "%s" "$@"\n' "$final/root/usr/lib/hx/runtime" "$final/root/usr/lib/hx/hx" > "$temp/bin/hx"
  chmod 755 "$temp/bin/hx"
}

install_into "$1" bin/hx build
