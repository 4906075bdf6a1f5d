#!/usr/bin/env bash
# Puts Emacs 30 or newer with lsp-mode 10 or newer (the first with inline completion) into the folder $1; afterwards
# $1/bin/emacs runs, and finds lsp-mode. About 100 MB to fetch, once.
# Takes no time when it is there already. See debian.sh for where it comes from.

. "$(dirname "${BASH_SOURCE[0]}")/debian.sh"
[ $# = 1 ] || fail "usage: emacs.sh FOLDER"

build() {
  local temp=$1 final=$2 root=$2/root dump version
  unpack "$temp" emacs-nox elpa-lsp-mode
  dump=$(cd "$temp/root" && find usr/lib*/emacs usr/libexec/emacs -name '*.pdmp' 2>/dev/null | head -n 1)
  [ -n "$dump" ] || fail "Emacs comes without its dump"
  version=$(ls "$temp/root/usr/share/emacs" | grep -E '^[0-9]' | sort -V | tail -n 1)
  mkdir "$temp/bin"
  # The program looks for its Lisp where Debian would have installed it, and compiling to machine code needs a C compiler.
  # Packages of Lisp are plain folders; their own start-up files expect to be installed, so only the path is set.
  cat > "$temp/bin/emacs" <<SH
#!/bin/sh
lisp=\$(find "$root/usr/share/emacs/$version/lisp" -type d | tr '\n' ':')
packages=\$(find "$root/usr/share/emacs/site-lisp/elpa-src" "$root/usr/share/emacs/site-lisp/elpa" -maxdepth 2 -type d 2>/dev/null | tr '\n' ':')
export EMACSLOADPATH="\$lisp\$packages" EMACSDATA="$root/usr/share/emacs/$version/etc" EMACSDOC="$root/usr/share/emacs/$version/etc"
exec "$root/$(loader "$temp")" --library-path "$(library_path "$temp" "$root")" "$root/usr/bin/emacs-nox" --dump-file="$root/$dump" "\$@"
SH
  chmod 755 "$temp/bin/emacs"
}

# Where the libraries of TEMP/root will stand, below $2.
library_path() {
  (cd "$1/root" && find usr/lib usr/lib64 -name '*.so*' -printf '%h\n' 2>/dev/null | grep -v emacs | sort -u) |
    sed "s|^|$2/|" | tr '\n' ':'
}

install_into "$1" bin/emacs build
