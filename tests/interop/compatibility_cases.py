"""What the compatibility test runs: a case a program, its server on the node `s` and its client on
the node `c`. A command's working directory is its own and empty at first; {bin} stands for the
folder of the samples and {postgres} for that of PostgreSQL's programs."""
from dataclasses import dataclass, field


@dataclass
class Case:
    name: str    # of the program, as the table has it
    shown: str   # what it does there, and with whom
    ask: list    # commands of the client, each with what a line of its output must match
    serve: str = ""
    port: int = 0        # TCP, where it listens when it is ready
    needs: tuple = ()    # programs of this machine
    samples: tuple = ()  # of compatibility_samples.py
    ordinary: bool = False  # refuses to run as root
    switches: bool = False  # as root, to another user
    fails: dict = field(default_factory=dict)  # by mode: why


BIG = "seq 1 1000000 | head -c 1000000 > big; chmod 755 .; "
NGINX = BIG + (
    "mkdir t; echo 'pid n.pid; error_log stderr; worker_processes 2; events {} http {"
    " access_log off; client_body_temp_path t; proxy_temp_path t; fastcgi_temp_path t;"
    " uwsgi_temp_path t; scgi_temp_path t; server { listen 80 reuseport; listen [::]:80; root"
    " '$PWD'; }"
    " server { listen 81; location / { proxy_pass http://127.0.0.1; } } }'"
    " > n.conf;"
    " exec nginx -e stderr -p $PWD -c $PWD/n.conf -g 'daemon off;'")
APACHE = BIG + (
    "M=/usr/lib/apache2/modules; for m in mpm_event authz_core; do"
    " echo LoadModule ${m}_module $M/mod_$m.so; done > a.conf;"
    " printf '%s\\n' \"ServerRoot $PWD\" 'ServerName s' 'Listen 80' 'PidFile a.pid'"
    " 'ErrorLog /dev/stderr' \"DocumentRoot $PWD\" \"DefaultRuntimeDir $PWD\" >> a.conf;"
    " exec apache2 -f $PWD/a.conf -DFOREGROUND")
LIGHTTPD = BIG + (
    "printf '%s\\n' \"server.document-root=\\\"$PWD\\\"\" server.port=8080"
    " 'server.bind=\"0.0.0.0\"'"
    " '$SERVER[\"socket\"]==\"[::]:8080\" { server.use-ipv6=\"enable\" }'"
    " 'server.modules=(\"mod_cgi\", \"mod_setenv\", \"mod_alias\")'"
    " 'alias.url=(\"/git\"=>\"/usr/lib/git-core/git-http-backend\")'"
    " '$HTTP[\"url\"]=~\"^/git\" {cgi.assign=(\"\"=>\"\")"
    " setenv.add-environment=(\"GIT_PROJECT_ROOT\"=>\"'$PWD'\",\"GIT_HTTP_EXPORT_ALL\"=>\"\")}'"
    " > l.conf; ")
REPOSITORY = (
    "git init -q -b main w; cd w; seq 1 20000 > file; (cd ..; pwd) > path;"
    " git -c user.name=n -c user.email=n@s commit -q --allow-empty -m x;"
    " git add file path; git -c user.name=n -c user.email=n@s commit -q -m y; cd ..;"
    " git clone -q --bare w r.git; ")
SSHD = ("chmod 755 .; ssh-keygen -q -t ed25519 -N '' -f host; cp {bin}/key.pub keys;"
        " printf '%s\\n' 'Port 2222' \"HostKey $PWD/host\" \"AuthorizedKeysFile $PWD/keys\""
        " 'StrictModes no' 'UsePAM no' 'PidFile none' 'Subsystem sftp internal-sftp' > conf;"
        " exec /usr/sbin/sshd -D -e -f $PWD/conf")
KEY = ("test -e key || { cp {bin}/key key; chmod 600 key; }; "
       "S='ssh -p 2222 -i key -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null"
       " -o LogLevel=ERROR -F none'; ")
BIND = ("printf '%s\\n' 'options { directory \"'$PWD'\"; pid-file none; recursion no;"
        " session-keyfile none; listen-on { any; }; listen-on-v6 { any; };"
        " allow-transfer { any; }; };' 'controls {};' 'zone \"example\" { type master; file"
        " \"z\"; };' > n.conf;"
        " printf '%s\\n' '$TTL 60' '@ SOA s a 1 1 1 1 1' '@ NS s' 'www A 192.0.2.7'"
        " 's A 192.0.2.1' > z; seq -f 'h%g TXT {}' 1 300 | sed 's/{}/some text/' >> z;"
        " exec named -g -n 2 -c $PWD/n.conf")
ECHO = "tcp.* echoed (1|true)"


def sample(name, shown, command, sample_name, needs=(), matches=ECHO, **settings):
    return Case(name, shown, [(f"{command} ask s 7000", matches)],
                serve=f"exec {command} serve 7000", port=7000, needs=needs,
                samples=(sample_name,), **settings)


WEB = [
    Case("nginx, curl", "1 MB over IPv4 and IPv6, 20 at once with two workers, and as a proxy", [
        ("curl -4sS http://s/big | wc -c; curl -6sS http://s/big | wc -c", "^1000000$"),
        ("curl -sS --parallel -w '%{size_download}\\n' -o '#1' 'http://s/big?[1-20]' | sort | uniq -c",
         "^ *20 1000000$"),
        ("curl -sS http://s:81/big | wc -c", "^1000000$")],
        serve=NGINX, port=81, needs=("nginx", "curl"), switches=True),
    Case("openssl, curl", "TLS 1.3 with s_server and s_client; HTTP/2 with nginx", [
        ("curl -ksS --http2 -o f -w '%{http_version} %{size_download}' https://s/big", "^2 1000000$"),
        ("echo Q | openssl s_client -connect s:4433 2>&1", "TLSv1.3")],
        serve="openssl req -x509 -newkey rsa:2048 -nodes -keyout k -out c -subj /CN=s 2> log;"
        " openssl s_server -accept 4433 -cert c -key k -www > log & "
        + NGINX.replace("listen 81;", "listen 443 ssl http2; ssl_certificate '$PWD'/c;"
                        " ssl_certificate_key '$PWD'/k;"), port=443,
        needs=("nginx", "curl", "openssl"), switches=True),
    Case("apache2, ab", "event MPM; 500 pages over 10 connections that are kept alive", [
        ("ab -k -q -c 10 -n 500 http://s/big", "^Failed requests: +0$"),
        ("ab -q -c 10 -n 100 http://s/a.conf", "^Complete requests: +100$")],
        serve=APACHE, port=80, needs=("apache2", "ab")),
    Case("lighttpd, wget", "1 MB over IPv4 and IPv6", [
        ("wget -4 -qO- http://s:8080/big | wc -c", "^1000000$"),
        ("wget -6 -qO- http://s:8080/big | wc -c", "^1000000$")],
        serve=LIGHTTPD + "exec lighttpd -D -f l.conf", port=8080, needs=("lighttpd", "wget")),
    Case("python3 http.server, curl", "a folder, and a file in ranges", [
        ("curl -sS http://s:8000/", "big"),
        ("curl -sS --retry 2 http://s:8000/big | wc -c", "^1000000$")],
        serve=BIG + "exec /usr/bin/python3 -m http.server 8000", port=8000, needs=("curl",)),
    Case("busybox (static)", "its httpd and wget, its nc", [
        ("busybox wget -q -O - http://s/big | wc -c", "^1000000$"),
        ("echo GET /none | busybox nc s 80 | head -1", "HTTP/1.1 400")],
        serve=BIG + "exec busybox httpd -f -p 80", port=80, needs=("busybox",)),
]

STORES = [
    Case("redis", "redis-cli, and redis-benchmark with 50 clients", [
        ("redis-cli -h s set a 1", "OK"),
        ("redis-benchmark -h s -n 5000 -c 50 -q -t ping,set,get,lpush | tr '\\r' '\\n'",
         "^LPUSH: .*requests"),
        ("redis-benchmark -h s -n 5000 -c 20 -P 16 -q -t get | tr '\\r' '\\n'",
         "^GET: .*requests")],
        serve="exec redis-server --bind 0.0.0.0 :: --protected-mode no --save ''", port=6379,
        needs=("redis-server", "redis-benchmark")),
    Case("memcached, netcat", "stores and gives with 4 threads, over TCP and UDP", [
        ("printf 'set a 0 0 5\\r\\nhello\\r\\nget a\\r\\nquit\\r\\n' | nc -N s 11211", "^hello"),
        ("env printf '\\0\\1\\0\\0\\0\\1\\0\\0get a\\r\\n' | nc -4u -w 1 s 11211 | tr -d '\\0'",
         "hello")],
        serve="exec memcached -u nobody -U 11211 -l 0.0.0.0", port=11211,
        needs=("memcached", "nc"), switches=True),
    Case("postgresql", "psql; pgbench with 8 clients", [
        ("psql -h s -U test postgres -Atc 'select sum(x) from generate_series(1,100000) x'",
         "^5000050000$"),
        ("pgbench -h s -U test -i -q postgres 2>&1", "done in"),
        ("pgbench -h s -U test -c 8 -j 2 -t 50 postgres 2>&1", "processed: 400/400")],
        serve="{postgres}/initdb -D db -A trust -U test -E UTF8 --locale=C --no-sync > log;"
        " echo 'host all all all trust' >> db/pg_hba.conf;"
        " exec {postgres}/postgres -D db -h '*' -k $PWD -F", port=5432,
        needs=("{postgres}/initdb", "psql", "pgbench"), ordinary=True),
]

SHELLS = [
    Case("openssh", "ssh, a forwarded port, sftp", [
        (KEY + "$S $(id -un)@s 'echo $((6*7))' < /dev/null", "^42$"),
        (KEY + "head -c 3000000 /dev/urandom > f; $S $(id -un)@s sha256sum < f > r;"
         " sha256sum < f | cmp - r && echo same", "^same$"),
        (KEY + "echo 'ls /' > batch; sftp -q -P 2222 ${S#ssh -p 2222} -b batch $(id -un)@s", "etc"),
        (KEY + "$S -N -L 8022:localhost:2222 $(id -un)@s & until nc -z localhost 8022;"
         " do sleep 0.1; done; timeout 5 nc localhost 8022 < /dev/null | head -1; kill $!",
         "^SSH-2.0")],
        serve=SSHD, port=2222, needs=("/usr/sbin/sshd", "ssh", "nc"), samples=("ssh-key",),
        ordinary=True),
    Case("rsync", "its daemon, and over ssh", [
        (KEY + "seq 1 100000 > f; rsync -a -e \"$S\" f $(id -un)@s:/dev/shm/catenet-f &&"
         " rsync -a -e \"$S\" --remove-source-files $(id -un)@s:/dev/shm/catenet-f g &&"
         " cmp f g && echo same", "^same$"),
        ("rsync -a rsync://s:8730/all/ got && ls got", "^host.pub$")],
        serve="printf '%s\\n' 'use chroot = no' 'port = 8730' '[all]' \"path=$PWD\" > r.conf;"
        " rsync --daemon --no-detach --config=r.conf & " + SSHD, port=2222,
        needs=("/usr/sbin/sshd", "ssh", "rsync"), samples=("ssh-key",), ordinary=True),
    Case("git", "clone over http (lighttpd), git:// and ssh; push over ssh", [
        ("git clone -q http://s:8080/git/r.git a && wc -l < a/file", "^20000$"),
        ("git clone -q git://s/r.git b && wc -l < b/file", "^20000$"),
        (KEY + "export GIT_SSH_COMMAND=\"$S -i $PWD/key\"; git clone -q"
         " $(id -un)@s:$(cat b/path)/r.git d && wc -l < d/file && cd d &&"
         " git -c user.name=n -c user.email=n@c commit -q --allow-empty -m z && git push -q &&"
         " echo pushed", "^pushed$")],
        serve=REPOSITORY + LIGHTTPD + "lighttpd -D -f l.conf & "
        "git daemon --export-all --base-path=$PWD & " + SSHD, port=2222,
        needs=("/usr/sbin/sshd", "ssh", "git", "lighttpd"), samples=("ssh-key",), ordinary=True),
    Case("xinetd, telnet", "a service of xinetd's own and a program behind it", [
        ("(echo hello; sleep 0.5) | telnet s 2007", "^hello"),
        ("(echo one; sleep 0.5) | telnet s 2008", "^got:one")],
        serve="printf '%s\\n' 'service echo' '{' 'type = INTERNAL UNLISTED' 'socket_type = stream'"
        " 'protocol = tcp' 'wait = no' 'port = 2007' \"user = $(id -un)\" '}' 'service b' '{'"
        " 'type = UNLISTED' 'socket_type = stream' 'protocol = tcp' 'wait = no' 'port = 2008'"
        " 'server = /usr/bin/sed' 'server_args = -u s/.*/got:&/' \"user = $(id -un)\" '}' > x.conf;"
        " exec xinetd -dontfork -f $PWD/x.conf -filelog $PWD/log -pidfile $PWD/pid", port=2008,
        needs=("xinetd", "telnet"), switches=True),
    Case("vsftpd, lftp", "passive and active, up and down", [
        ("lftp -e 'get big; put big -o up; bye' s && wc -c < big", "^1000000$"),
        ("lftp -e 'set ftp:passive-mode off; get big -o b2; bye' s && wc -c < b2", "^1000000$"),
        ("curl -sS ftp://s/big | wc -c", "^1000000$")],
        serve="mkdir f; cd f; " + BIG + "cd ..; printf '%s\\n' listen=YES background=NO"
        " run_as_launching_user=YES anonymous_enable=YES write_enable=YES anon_upload_enable=YES"
        " \"anon_root=$PWD/f\" allow_writeable_chroot=YES listen_port=21 connect_from_port_20=NO"
        " xferlog_enable=NO seccomp_sandbox=NO > v.conf; chmod 755 f; exec vsftpd $PWD/v.conf",
        port=21, needs=("vsftpd", "lftp", "curl")),
]

NAMES = [
    Case("bind9, dig", "over UDP, TCP and IPv6; a zone of 300 names transferred", [
        # It listens to TCP on one address before it answers on the others.
        ("until dig @s www.example +short | grep 192; do sleep 0.1; done", r"^192\.0\.2\.7$"),
        ("dig @s www.example +short +tcp", r"^192\.0\.2\.7$"),
        ("dig -6 @s h7.example txt +short", "some.*text"),
        ("dig @s example axfr | grep -c TXT", "^300$")],
        serve=BIND, port=53, needs=("named", "dig")),
    Case("dnsmasq, dig", "over UDP, TCP and IPv6", [
        ("dig @s www.example +short", r"^192\.0\.2\.7$"),
        ("dig @s www.example +short +tcp", r"^192\.0\.2\.7$"),
        ("dig -6 @s www.example aaaa +short", "^2001:db8::7$")],
        serve="exec dnsmasq -k -C /dev/null -R -h --user= --pid-file=$PWD/p"
        " --host-record=www.example,192.0.2.7,2001:db8::7", port=53,
        needs=("dnsmasq", "dig"), switches=True),
]

MEASURES = [
    Case("iperf3", "TCP over IPv4 and IPv6, both ways, parallel; UDP", [
        ("iperf3 -c s -n 20M", "receiver"),
        ("iperf3 -6 -c s -n 20M -R", "receiver"),
        ("iperf3 -c s -n 20M -P 4 --bidir", "SUM.*receiver"),
        ("iperf3 -c s -u -b 20M -n 1M", r"\(0%\).*receiver"),
        ("iperf3 -c s -u -b 20M -n 1M -R -6", r"\(0%\).*receiver")],
        serve="exec iperf3 -s", port=5201, needs=("iperf3",)),
    Case("ping", "IPv4 and IPv6, sizes that are fragmented", [
        ("ping -4 -c 3 -i 0.2 s", " 0% packet loss"),
        ("ping -6 -c 3 -i 0.2 s", " 0% packet loss"),
        ("ping -4 -c 2 -i 0.2 -s 5000 s", " 0% packet loss")], needs=("ping",)),
    Case("traceroute", "with UDP, ICMP and TCP, over IPv4 and IPv6", [
        ("traceroute -n -q 1 s", "^ 2  10"),
        ("traceroute -6 -n -q 1 s", "^ 2  fd"),
        ("traceroute -I -n -q 1 s", "^ 2  10"),
        ("traceroute -T -n -q 1 s", "^ 2  10")], needs=("traceroute",),
        fails={"real": "`-I` and `-T`: a connected raw socket is reset by the first ICMP error;"
               " with UDP it works"}),
    Case("ping -I, -R, -M", "by an interface, with a recorded route, too long for the way", [
        ("ping -6 -c 1 -I eth0 s", " 0% packet loss"),
        ("ping -4 -c 1 -R s", "RR:"),
        ("ping -4 -c 1 -M do -s 1473 s 2>&1 || true", "message too long")], needs=("ping",),
        fails={"real": "no `IPV6_PKTINFO` for all that is sent, no `IP_OPTIONS`; what is too long"
               " for the MTU leaves no error in the error queue"}),
    Case("tracepath", "over IPv4 and IPv6", [
        ("tracepath -4 -n s", "reached"),
        ("tracepath -6 -n s", "reached")], needs=("tracepath",),
        fails={"real": "IPv4: what is too long for the MTU leaves no error in the error queue;"
               " IPv6: no `IPV6_HOPLIMIT`"}),
    Case("tcpdump, arping", "frames of an interface, read and sent", [
        ("tcpdump -n -c 1 -i eth0 arp & sleep 0.5; arping -c 1 -I eth0 $(ip -4 route |"
         " sed -n 's/.*via \\([0-9.]*\\).*/\\1/p' | head -1); wait", "[Rr]eply")],
        needs=("tcpdump", "arping", "ip"),
        fails={"real": "a lab host has no `AF_PACKET` sockets"}),
    Case("ss", "the sockets of a host", [
        ("sleep 2 | nc s 22 & for i in 1 2 3 4; do ss -tan; sleep 0.3; done",
         "ESTAB.*:22 *$")], needs=("ss", "nc"),
        serve="nc -lk 22 & exec tail -f /dev/null", port=22,
        fails={"real": "a lab host has no `NETLINK_SOCK_DIAG`, by which it asks"}),
    Case("mtr", "over ICMP on IPv4 and IPv6, and UDP", [
        ("mtr -n -r -c 2 -i 1 s", r"2\.\|-- .* 0\.0%"),
        ("mtr -6 -n -r -c 2 -i 1 s", r"2\.\|-- .* 0\.0%"),
        ("mtr -u -n -r -c 2 -i 1 s", r"2\.\|-- .* 0\.0%")], needs=("mtr",)),
    Case("ip", "addresses, routes, the way to an address, neighbours", [
        ("ip addr show eth0", "inet 10"),
        ("ip -4 route; ip -6 route", "via 10"),
        ("ip route get $(getent ahostsv4 s | cut -d' ' -f1 | head -1)", "via 10.* dev eth0"),
        ("ip link show eth0", "mtu 1500"),
        ("ping -c 1 s > n; ip neigh", "lladdr")], needs=("ip",)),
]

WIRES = [
    Case("socat", "TCP and UDP, over IPv4 and IPv6", [
        ("head -c 300000 /dev/zero | socat -t 10 - TCP4:s:7000 | wc -c", "^300000$"),
        ("head -c 300000 /dev/zero | socat -t 10 - TCP6:s:7000 | wc -c", "^300000$"),
        ("echo hello | socat -t 2 - UDP4:s:7001", "hello"),
        ("echo hello | socat -t 2 - UDP6:s:7001", "hello")],
        serve="socat UDP6-RECVFROM:7001,fork EXEC:cat & "
        "exec socat TCP6-LISTEN:7000,fork,reuseaddr,ipv6only=0 EXEC:cat", port=7000,
        needs=("socat",)),
    Case("netcat (OpenBSD's)", "TCP and UDP", [
        ("seq 1 50000 | nc -N s 7000; echo sent", "^sent$"),
        ("until nc -d s 7002 > f; do sleep 0.1; done; wc -c < f", "^288894$"),
        ("echo x | nc -u -w 1 s 7001; nc -z -w 1 s 7003 || echo closed", "^closed$")],
        serve="nc -lu 7001 & nc -l 7000 > got; seq 1 50000 | nc -N -l 7002; exec tail -f /dev/null",
        port=7000, needs=("nc",)),
]

LIBRARIES = [
    sample("python3 asyncio", "TCP and UDP echo", "/usr/bin/python3 {bin}/echo_asyncio.py",
           "scripts", matches="^echoed 1024000$"),
    sample("python3 socketserver", "TCP and UDP echo in threads, blocking clients",
           "/usr/bin/python3 {bin}/echo_socketserver.py", "scripts", matches="^echoed 1024000$"),
    sample("node", "net, dgram and http with connections kept alive", "node {bin}/echo.js",
           "scripts", ("node",), "^echoed 1024000 "),
    sample("Go (static)", "net and net/http, client and server", "{bin}/echo_go", "go",
           matches="http echoed true"),
    sample("Java", "sockets, HttpServer and HttpClient", "java -Xshare:auto -cp {bin} Echo", "java",
           ("java",), "http echoed true"),
    sample("libevent", "bufferevents and evhttp", "{bin}/echo_libevent", "libevent",
           matches="http echoed 1"),
    sample("libuv", "TCP and UDP", "{bin}/echo_libuv", "libuv"),
    sample("Boost.Asio", "TCP and UDP", "{bin}/echo_asio", "asio"),
    sample("Qt 5", "QTcpServer, QTcpSocket, QUdpSocket", "{bin}/echo_qt", "qt"),
]

CASES = WEB + STORES + SHELLS + NAMES + MEASURES + WIRES + LIBRARIES
