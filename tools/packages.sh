# SPDX-License-Identifier: MIT OR Apache-2.0
# shellcheck shell=bash disable=SC2034,SC2016
# Sourced by the other scripts here: Debian packages, installed if that is possible without a password.

build_packages=(gcc libc6-dev meson ninja-build pkg-config python3 liburing-dev libjansson-dev)
test_packages=(libcmocka-dev git)
# Optional features: zlib is for --out hdr, libssl for https, libnghttp2 for HTTP/2, libidn2 for international host names,
# libcurl for pushing metrics, g++, libprotobuf and libprotoc (one header) for vastar grpc with JSON.
feature_packages=(zlib1g-dev libssl-dev libnghttp2-dev libidn2-dev libcurl4-openssl-dev g++ libprotobuf-dev libprotoc-dev)
# Servers and libraries of single tests, which are skipped if they are missing.
server_packages=(nginx-light apache2-bin h2o haproxy caddy tinyproxy squid nghttp2-server nghttp2-client openssl tcpdump tshark
	python3-jsonschema python3-hpack python3-markdown-it jq iproute2 curl
	libgrpc++-dev protobuf-compiler-grpc dpkg-dev libunistring-dev lintian mmdebstrap python3-yaml shellcheck
	yamllint prometheus prometheus-pushgateway
	victoria-metrics openmpi-bin libopenmpi-dev)

missing_packages() {
	local package
	for package; do
		# nginx-light is one flavour of nginx: any will do.
		if [[ $package == nginx-light ]] && command -v nginx /usr/sbin/nginx >/dev/null; then continue; fi
		dpkg-query -W -f='${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed || echo "$package"
	done
}

# Runs apt-get, and shows its output only if it fails. The tests start the servers themselves, with their own settings. So
# policy-rc.d keeps the system's services from starting during the installation, and new ones are disabled afterwards.
apt_install() {
	local log status=0
	log=$(mktemp)
	"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive bash -c '
		policy=/usr/sbin/policy-rc.d
		if [[ ! -e $policy ]]; then
			printf "#!/bin/sh\nexit 101\n" >"$policy" && chmod 755 "$policy"
			trap "rm -f $policy" EXIT
		fi
		install=(apt-get install -y -qq --no-install-recommends -o Dpkg::Use-Pty=0 "$@")
		"${install[@]}" || { apt-get update -qq && "${install[@]}"; } || exit
		for server in nginx h2o haproxy caddy tinyproxy squid prometheus prometheus-node-exporter prometheus-pushgateway victoria-metrics; do
			case " $* " in *" $server"[\ -]*) systemctl disable -q "$server" || true ;; esac
		done
	' apt_install "$@" >"$log" 2>&1 </dev/null || status=$?
	[[ $status == 0 ]] || cat "$log" >&2
	rm -f "$log"
	return "$status"
}

# need_packages required|optional PACKAGE...: installs missing packages. Without permission it prints the command to run,
# and fails if the packages are required.
need_packages() {
	local kind=$1 missing
	shift
	command -v dpkg-query apt-get >/dev/null || return 0 # not Debian: Meson names what is missing
	mapfile -t missing < <(missing_packages "$@")
	[[ ${#missing[@]} != 0 ]] || return 0
	if [[ $(id -u) == 0 ]]; then
		as_root=()
	elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
		as_root=(sudo -n)
	else
		echo "Packages are missing; this command installs them:" >&2
		echo "    sudo apt-get install -y --no-install-recommends ${missing[*]}" >&2
		[[ $kind == optional ]] || return 1
		echo "Continuing without them: the tests that use them are skipped." >&2
		return 0
	fi
	echo "Installing ${missing[*]}"
	apt_install "${missing[@]}" || [[ $kind == optional ]]
}

# set_up FOLDER [OPTION...]: configures a build folder, unless it is configured already.
set_up() {
	local folder=$1 log
	shift
	[[ ! -f $folder/build.ninja ]] || return 0
	log=$(mktemp)
	if ! meson setup "$folder" "$@" >"$log" 2>&1 </dev/null; then
		cat "$log" >&2
		rm -f "$log"
		return 1
	fi
	rm -f "$log"
}

# run_tests FOLDER [OPTION...]: runs the tests of a build folder, three for each processor at once, since most of them wait
# most of the time. Those that judge a measurement run alone. A few that fail are repeated alone, and say so: there the
# machine has no other work. Only what fails again fails.
run_tests() {
	local folder=$1 logs=$1/meson-logs failed=()
	shift
	local meson_test=(meson test -C "$folder" --no-rebuild --print-errorlogs)
	rm -f "$logs"/testlog*.json # that of an earlier run must not be counted
	"${meson_test[@]}" --num-processes $((3 * $(nproc))) "$@" </dev/null && return
	[[ -f $logs/testlog.json ]] || return 1
	mapfile -t failed < <(tools/count-tests --failed "$logs/testlog.json")
	[[ ${#failed[@]} -ge 1 && ${#failed[@]} -le 5 ]] || return 1
	echo "Repeating alone: ${failed[*]}"
	"${meson_test[@]}" --num-processes 1 --logbase testlog-again "$@" "${failed[@]}" </dev/null
}

# compile FOLDER [TARGET...]: everything including the tests, or these targets; prints nothing if it succeeds.
compile() {
	local folder=$1 log
	shift
	[[ $# != 0 ]] || set -- all meson-test-prereq
	log=$(mktemp)
	if ! ninja -C "$folder" "$@" >"$log" 2>&1 </dev/null; then
		tail -n 60 "$log" >&2
		rm -f "$log"
		return 1
	fi
	grep -E 'warning:' "$log" >&2 || true
	rm -f "$log"
}
