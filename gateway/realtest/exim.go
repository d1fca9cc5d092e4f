package realtest

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// eximUser is compiled into Debian's Exim, which does not start without it; eximID is the number we give it.
const (
	eximUser = "Debian-exim"
	eximID   = 9901
)

// Exim gives a command that runs Debian's Exim ("exim -C FILE …"). The user it wants is shown to it through
// libnss-wrapper by a passwd file of our own, so none is made on the machine.
func Exim(t testing.TB) string {
	t.Helper()
	exim := Need(t, "exim4-daemon-heavy")
	if exim.Dir == "/" {
		return "/usr/sbin/exim4"
	}
	wrapper := Need(t, "libnss-wrapper")
	library, _ := filepath.Glob(wrapper.Path("usr/lib/*/libnss_wrapper.so"))
	if len(library) != 1 {
		Skip(t, fmt.Errorf("%w: libnss-wrapper holds no library", ErrUnavailable))
	}
	dir := t.TempDir()
	withLine(t, "/etc/passwd", filepath.Join(dir, "passwd"), fmt.Sprintf("%s:x:%d:%d::/nonexistent:/usr/sbin/nologin\n", eximUser, eximID, eximID))
	withLine(t, "/etc/group", filepath.Join(dir, "group"), fmt.Sprintf("%s:x:%d:\n", eximUser, eximID))
	script := fmt.Sprintf(`#!/bin/sh
export LD_LIBRARY_PATH='%s' LD_PRELOAD='%s' NSS_WRAPPER_PASSWD='%s/passwd' NSS_WRAPPER_GROUP='%s/group'
exec '%s' "$@"
`, exim.LibraryPath(), library[0], dir, dir, exim.Path("usr/sbin/exim4"))
	program := filepath.Join(dir, "exim")
	if err := os.WriteFile(program, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	return program
}

func withLine(t testing.TB, from, to, line string) {
	t.Helper()
	text, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, append(text, line...), 0o644); err != nil {
		t.Fatal(err)
	}
}
