"""gVisor's network stack, from Debian's package of its Go source."""
import pathlib
import shutil

from commands import KEPT, Failed, compiled, output_of

HERE = pathlib.Path(__file__).resolve().parent
GOPATH = "/usr/share/gocode"


def program(*arguments):
    """gVisor's name with version, and what to run: on one processor, as ours."""
    if not pathlib.Path(GOPATH, "src/gvisor.dev/gvisor/pkg/tcpip").exists():
        raise Failed("golang-gvisor-gvisor-dev is not installed")
    if not shutil.which("go"):
        raise Failed("golang-go is not installed")
    folder = KEPT / "gvisor"
    source = HERE / "main.go"
    # Nothing is fetched: what GOPATH holds is all there is.
    settings = dict(GO111MODULE="off", GOPATH=GOPATH, GOCACHE=str(folder / "cache"), GOFLAGS="",
                    GOPROXY="off")
    made = compiled("gVisor", ["env", *(f"{k}={v}" for k, v in settings.items()), "go", "build"],
                    folder / "main", [source], last=[source])
    package = output_of("dpkg-query", ["dpkg-query", "-W", "-f=${Version}",
                                       "golang-gvisor-gvisor-dev"])
    version = package.split("~")[-1].split("-")[0]
    return f"gVisor {version}", ["env", "GOMAXPROCS=1", made, *arguments]
