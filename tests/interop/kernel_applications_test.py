#!/usr/bin/env python3
"""Ordinary web programs in namespaces and Catenet's web server and fetch, through a Catenet router.

    kernel_applications_test.py CATENET [TEST…]"""
from kernel_lab import KernelLabs, Lab, main, namespace, router

PAGE = {"services": [{"http": {"files": {"/big": {"size": "1 MB"}, "/small": "hello\n"}}}]}
READY = ("until python3 -c \"import socket; socket.create_connection(('localhost', 80))\" "
         "2>/dev/null; do sleep 0.05; done")
FILES = ("cd /tmp; seq 1 150000 | head -c 1000000 > big;"
         "echo hello > small; ")


def pair(kernel, ours):
    return Lab({"k": kernel, "r": router(), "h": ours},
               [{"endpoints": ["k", "r"]},
                {"endpoints": ["r", "h"], "impair": {"delay": "2 ms"}}])


class Served(KernelLabs):
    """Catenet serves, the kernel's programs ask."""

    def test_curl_keeps_one_connection_for_many(self):
        self.need("curl")
        lab = pair(namespace(), PAGE)
        for family in (4, 6):
            lab.step("k", f"curl -{family} -sv -m 30 http://h/small http://h/small http://h/small",
                     stdout={"equals": "hello\n" * 3},
                     stderr={"contains": "Re-using existing connection"})
            lab.step("k", f"curl -{family} -s -m 30 -r 999990- http://h/big | wc -c",
                     stdout={"equals": "10\n"})
        self.run_lab(lab)

    def test_curl_and_wget_take_the_same_megabyte(self):
        self.need("curl", "wget")
        lab = pair(namespace(), PAGE)
        sums = [lab.step("k", f"{program} http://h/big | sha256sum") for program in
                ("curl -4 -s -m 30", "curl -6 -s -m 30", "wget -4 -qO-", "wget -6 -qO-")]
        sums.append(lab.step("h", "fetch -q --digest sha256 http://h/big"))
        said = self.run_lab(lab)
        self.assertEqual(len({said[name].split()[0] for name in sums}), 1)

    def test_eight_at_once_are_all_served(self):
        self.need("curl")
        lab = pair(namespace(), PAGE)
        lab.step("k", "for i in 1 2 3 4 5 6 7 8; do "
                 "curl -s -m 50 -o /dev/null -w '%{size_download}\\n' http://h/big & done; wait",
                 stdout={"equals": "1000000\n" * 8})
        self.run_lab(lab)


class Fetched(KernelLabs):
    """The kernel's programs serve, Catenet asks."""

    def fetch_from(self, server, **settings):
        lab = pair(namespace(**settings), {})
        lab.step("k", FILES + server, background=True)
        lab.step("k", READY)
        want = lab.step("k", "sha256sum /tmp/big")
        sums = [lab.step("h", f"fetch -{family} -q --digest sha256 http://k/big")
                for family in (4, 6)]
        lab.step("h", "fetch -q http://k/small http://k/small", stdout={"equals": "hello\n" * 2})
        lab.step("h", "fetch http://k/none", exit=8)
        said = self.run_lab(lab)
        for name in sums:
            self.assertEqual(said[name].split()[0], said[want].split()[0])

    def test_from_python(self):
        self.need("python3")
        self.fetch_from("exec python3 -m http.server --bind :: 80")

    def test_from_nginx(self):
        self.need("nginx", "python3")
        self.fetch_from(
            "mkdir -p /tmp/l; "
            "printf 'daemon off; master_process off; pid /tmp/pid; error_log stderr;"
            " events {} http { access_log off; server { listen [::]:80 ipv6only=off; root /tmp; }"
            " client_body_temp_path /tmp/l; }' > /tmp/l/c; exec nginx -c /tmp/l/c",
            private=["/var/lib/nginx"])


class Refused(KernelLabs):
    """Closed ports and unreachable places behind a router are told to both."""

    def test_ours_is_refused_by_the_kernel(self):
        lab = pair(namespace(), {})
        lab.step("h", "fetch http://k/", exit=4, stderr={"contains": "refused"})
        self.run_lab(lab)

    def test_kernel_is_refused_by_ours(self):
        self.need("curl")
        lab = pair(namespace(), {})
        for family in (4, 6):
            lab.step("k", f"curl -{family} -sv -m 20 http://h/", exit=7,
                     stderr={"contains": "Connection refused"})
        self.run_lab(lab)

    def test_kernel_is_told_that_there_is_no_way(self):
        self.need("python3")
        lab = pair(namespace(), {})
        ask = ("python3 -c \"import socket\ns = socket.socket(socket.AF_INET{v}); s.settimeout(30)"
               "\ntry: s.connect(('{to}', 80))\nexcept OSError as e: print(e.strerror)\"")
        for version, to, error in (("", "203.0.113.1", "Network is unreachable"),
                                   ("", "10.0.2.99", "No route to host"),
                                   ("6", "2001:db8:1::1", "Network is unreachable"),
                                   ("6", "fd00:0:0:2::99", "No route to host")):
            lab.step("k", ask.format(v=version, to=to), stdout={"equals": error + "\n"})
        self.run_lab(lab)


if __name__ == "__main__":
    main()
