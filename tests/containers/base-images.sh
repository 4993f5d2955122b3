#!/usr/bin/env bash
# Makes stand-ins for images that no registry gives here, from what is installed on this machine: NAME is one of aspnet, sdk,
# postgres, collector. Each is tagged analytics-stand-in/NAME and, like the real one, has no curl; its user, paths and
# environment are those that the published files count on. Needs Debian or Ubuntu, .NET and a running engine.
#   base-images.sh NAME...
# shellcheck disable=SC2046,SC2016  # Each word that these functions print is a package; the Perl in quotes is Perl.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
dotnet=$(dirname "$(readlink -f "$(command -v dotnet)")")
path=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

# The installed ones among the names; a library's package is called differently from release to release.
installed() { dpkg-query -W -f '${db:Status-Abbrev}${Package}\n' "$@" 2>/dev/null | sed -n 's/^ii //p' | sort -u; }

# root FOLDER PACKAGE...: the files of the packages and of all that they depend on.
root() {
  local folder=$1 package
  shift
  mkdir -p "$folder"/{app,dev,etc/ssl/certs,proc,root,run,sys,tmp,usr/bin,usr/lib,usr/lib64,usr/sbin}
  for package in bin lib lib64 sbin; do ln -s "usr/$package" "$folder/$package"; done
  # Virtual packages have no files, which dpkg-query takes for a failure.
  { apt-cache depends --recurse --installed --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances "$@" |
    grep -E '^[a-z0-9]' | sort -u | xargs dpkg-query -L 2>/dev/null || :; } |
    sed -E -e 's#^/(bin|sbin|lib|lib64)/#/usr/\1/#' | grep -vE '^/(usr/share/(doc|man|info|locale|lintian)|bin|sbin|lib|lib64|\.)(/|$)' | sort -u |
    while IFS= read -r file; do
      if [ -L "$file" ] || [ -f "$file" ]; then echo "$file"; fi
    done >"$folder.files"
  tar --create --directory / --no-recursion --files-from <(sed 's#^/##' "$folder.files") | tar --extract --directory "$folder"
  cp -L /etc/ssl/certs/ca-certificates.crt "$folder/etc/ssl/certs/"
  printf 'root:x:0:0:root:/root:/bin/sh\n' >"$folder/etc/passwd"
  printf 'root:x:0:\n' >"$folder/etc/group"
  ln -sf dash "$folder/usr/bin/sh"
  ln -sf mawk "$folder/usr/bin/awk"
  chmod 1777 "$folder/tmp"
  ldconfig -r "$folder"
}

# user FOLDER NAME ID HOME
user() {
  printf '%s:x:%s:%s::%s:/bin/sh\n' "$2" "$3" "$3" "$4" >>"$1/etc/passwd"
  printf '%s:x:%s:\n' "$2" "$3" >>"$1/etc/group"
  install -d -o "$3" -g "$3" "$1$4"
}

# import FOLDER NAME CHANGE...
import() {
  local folder=$1 name=$2 changes=() change
  shift 2
  for change in "ENV PATH=$path" "$@"; do changes+=(--change "$change"); done
  tar --create --directory "$folder" . | docker import "${changes[@]}" - "analytics-stand-in/$name" >/dev/null
}

system() {
  installed base-files bash dash coreutils grep sed mawk findutils libc-bin libstdc++6 libgcc-s1 libssl3 libssl3t64 zlib1g tzdata ca-certificates
}

aspnet() {
  root "$work/aspnet" $(system)
  user "$work/aspnet" app 1654 /home/app
  mkdir -p "$work/aspnet$dotnet"
  tar --create --directory "$dotnet" dotnet host shared | tar --extract --directory "$work/aspnet$dotnet"
  ln -s "$dotnet/dotnet" "$work/aspnet/usr/bin/dotnet"
  import "$work/aspnet" aspnet 'ENV APP_UID=1654' 'ENV ASPNETCORE_HTTP_PORTS=8080' 'ENV DOTNET_RUNNING_IN_CONTAINER=true'
}

sdk() {
  root "$work/sdk" $(system) $(installed libgomp1)
  mkdir -p "$work/sdk$dotnet"
  tar --create --directory "$dotnet" . | tar --extract --directory "$work/sdk$dotnet"
  ln -s "$dotnet/dotnet" "$work/sdk/usr/bin/dotnet"
  import "$work/sdk" sdk 'ENV HOME=/root' 'ENV DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1' 'ENV DOTNET_NOLOGO=1' 'ENV DOTNET_CLI_TELEMETRY_OPTOUT=1' \
    "ENV NUGET_CERT_REVOCATION_MODE=${NUGET_CERT_REVOCATION_MODE:-online}"
}

postgres() {
  local programs
  programs=$(dirname "$(printf '%s\n' /usr/lib/postgresql/*/bin/postgres | sort -V | tail -1)")
  root "$work/postgres" $(system) util-linux "postgresql-$(basename "$(dirname "$programs")")"
  user "$work/postgres" postgres 999 /var/lib/postgresql
  install -d -o 999 -g 999 -m 700 "$work/postgres/var/lib/postgresql/data"
  install -d -o 999 -g 999 "$work/postgres/run/postgresql"
  install -D -m 755 postgres-entrypoint.sh "$work/postgres/usr/local/bin/docker-entrypoint.sh"
  import "$work/postgres" postgres "ENV PATH=$programs:$path" 'ENV PGDATA=/var/lib/postgresql/data' 'ENV LANG=C.UTF-8' \
    'VOLUME /var/lib/postgresql/data' 'EXPOSE 5432' 'ENTRYPOINT ["docker-entrypoint.sh"]' 'CMD ["postgres"]'
  # An import cannot say it: the real image stops fast, not when its last client has left.
  printf 'FROM analytics-stand-in/postgres\nSTOPSIGNAL SIGINT\n' | docker build --quiet --tag analytics-stand-in/postgres - >/dev/null
}

# Takes what comes at OTLP's port and says nothing: as silent as a collector that hangs.
collector() {
  root "$work/collector" $(installed libc-bin dash mawk perl-base)
  import "$work/collector" collector 'EXPOSE 4317' 'ENTRYPOINT ["perl", "-MIO::Socket::INET", "-MIO::Select", "-e", "$SIG{TERM} = sub { exit 0 }; my $l = IO::Socket::INET->new(LocalPort => 4317, Listen => 64, ReuseAddr => 1) or die $!; my $s = IO::Select->new($l); while (1) { for ($s->can_read) { if ($_ == $l) { $s->add($l->accept) } elsif (!sysread $_, my $b, 65536) { $s->remove($_); close $_ } } }", "--"]'
}

for name in "$@"; do "$name"; done
