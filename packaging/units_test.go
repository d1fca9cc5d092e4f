package packaging

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"weir/gateway/realtest"
)

// exposure is the most that systemd-analyze may find, in tenths: 0 is a service that can do nothing, 100 one that can do all.
const exposure = "15"

func TestTheUnitsAreRightAndTight(t *testing.T) {
	if _, err := exec.LookPath("systemd-analyze"); err != nil {
		realtest.Skip(t, err)
	}
	dir := t.TempDir()
	files, _ := filepath.Glob("systemd/*")
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		text = []byte(strings.ReplaceAll(string(text), "/usr/bin/weir", "/bin/true")) // it must be there to be verified
		if err := os.WriteFile(filepath.Join(dir, filepath.Base(f)), text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	units, _ := filepath.Glob(dir + "/*")
	if len(units) != 5 {
		t.Fatalf("units %q", units)
	}
	cmd := exec.Command("systemd-analyze", append([]string{"verify", "--man=no", "--recursive-errors=no"}, units...)...)
	if out, err := cmd.CombinedOutput(); err != nil || strings.Contains(string(out), dir) {
		t.Errorf("systemd-analyze verify: %v\n%s", err, out)
	}
	if out, err := exec.Command("systemd-analyze", "security", "--offline=true", "--no-pager", "--threshold="+exposure, dir+"/weir.service").CombinedOutput(); err != nil {
		t.Errorf("systemd-analyze security: %v\n%s", err, out)
	}
}
