package packaging

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"weir/gateway/realtest"
)

// debs builds two versions of the package, of one program.
func debs(t *testing.T) string {
	t.Helper()
	if _, err := exec.LookPath("dpkg-deb"); err != nil {
		realtest.Skip(t, err)
	}
	dir, binary := t.TempDir(), realtest.Build(t)
	for _, version := range []string{"1.0.0", "1.0.1"} {
		cmd := exec.Command("deb/build", version, dir)
		cmd.Env = append(os.Environ(), "WEIR_BINARY="+binary, "DEB_COMPRESSION=none")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	return dir
}

func (m *machine) install(version string) {
	m.t.Helper()
	files, _ := filepath.Glob("/proc/" + m.pid + "/root/debs/weir_" + version + "_*.deb")
	if len(files) != 1 {
		m.t.Fatalf("packages %q", files)
	}
	m.must("dpkg", "-i", "/debs/"+filepath.Base(files[0]))
}

// await waits until a command says something.
func (m *machine) await(want string, args ...string) {
	m.t.Helper()
	for end := time.Now().Add(60 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		if out, _ := m.run(args...); strings.Contains(out, want) {
			return
		}
		if time.Now().After(end) {
			m.says(want, args...)
			return
		}
	}
}

func (m *machine) show(property string) string {
	return m.must("systemctl", "show", "-P", property, "weir.service")
}

// TestTheDebianPackage installs, upgrades, removes and purges the package on a machine of its own, with systemd, while mail comes.
func TestTheDebianPackage(t *testing.T) {
	m := start(t, debs(t))
	c := m.clients()
	m.install("1.0.0")
	m.says("active", "systemctl", "is-active", "weir-smtp.socket")
	m.says("active", "systemctl", "is-active", "weir.service")
	m.says("enabled", "systemctl", "is-enabled", "weir-smtp.socket")
	m.says("weir weir 750", "stat", "-c", "%U %G %a", "/var/lib/weir")
	m.says("root weir 640", "stat", "-c", "%U %G %a", "/etc/weir/weir.toml")
	if id := m.must("ps", "-o", "user=", "-p", m.show("MainPID")); id != "weir" {
		t.Errorf("it runs as %s", id)
	}
	if caps := m.must("grep", "CapEff", "/proc/"+m.show("MainPID")+"/status"); !strings.HasSuffix(caps, "0000000000000000") {
		t.Errorf("it has privileges: %s", caps)
	}
	c.begin()
	time.Sleep(time.Second) // so that mail is on its way in all that follows; nothing waits for it
	upgraded := m.show("MainPID")
	m.install("1.0.1")
	m.says("active", "systemctl", "is-active", "weir.service")
	if m.show("MainPID") == upgraded {
		t.Error("the old program still runs")
	}
	m.must("systemctl", "restart", "weir.service")
	m.must("systemctl", "reload", "weir.service")
	m.await("configuration reloaded", "journalctl", "-u", "weir.service", "--no-pager", "-o", "cat")
	before := m.show("MainPID")
	m.must("systemctl", "kill", "-s", "USR2", "--kill-who=main", "weir.service")
	m.await("the process before this one has ended", "journalctl", "-u", "weir.service", "--no-pager", "-o", "cat")
	if now := m.show("MainPID"); now == before || m.show("ActiveState") != "active" {
		t.Errorf("process %s after %s, %s", now, before, m.show("ActiveState"))
	}
	if sent := c.end(t); sent < 20 {
		t.Errorf("only %d mails were sent", sent)
	} else {
		t.Logf("%d mails during an upgrade, a restart, a reload and a hand-over", sent)
	}
	if n := m.show("NRestarts"); n != "0" {
		t.Errorf("it was started again %s times by itself", n)
	}
	m.leave()
}

// leave removes and purges the package.
func (m *machine) leave() {
	m.t.Helper()
	m.must("sh", "-c", "echo '# mine' >>/etc/weir/weir.toml")
	m.must("dpkg", "-r", "weir")
	m.says("inactive", "systemctl", "is-active", "weir-smtp.socket")
	m.must("grep", "-q", "^# mine", "/etc/weir/weir.toml")
	m.must("test", "-e", "/var/lib/weir/state.db")
	m.must("dpkg", "-P", "weir")
	for _, gone := range []string{"/etc/weir", "/var/lib/weir", "/usr/bin/weir", "/etc/systemd/system/sockets.target.wants/weir-smtp.socket", "/etc/systemd/system/weir.service"} {
		if _, err := m.run("test", "-e", gone, "-o", "-L", gone); err == nil {
			m.t.Errorf("%s is left behind", gone)
		}
	}
}
