package serve

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestASocketThatAKilledProcessLeftIsReplaced(t *testing.T) {
	path := filepath.Join(t.TempDir(), "weir.sock")
	old, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	old.(*net.UnixListener).SetUnlinkOnClose(false)
	_ = old.Close()
	list, err := listen("milter.listen", []string{"unix:" + path})
	if err != nil {
		t.Fatal(err)
	}
	defer closeAll(list)
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o660 {
		t.Errorf("%v, %v: owner and group may use it, others not", info, err)
	}
	_, err = listen("milter.listen", []string{"unix:" + path})
	if err == nil || !strings.Contains(err.Error(), "milter.listen: can't listen on unix:") || !strings.Contains(err.Error(), "another server has this address") {
		t.Errorf("a socket that is served: %v", err)
	}
}

func TestAFileIsNoSocketAndStays(t *testing.T) {
	path := filepath.Join(t.TempDir(), "letter")
	if err := os.WriteFile(path, []byte("dear"), 0o600); err != nil {
		t.Fatal(err)
	}
	if list, err := listen("milter.listen", []string{"unix:" + path}); err == nil {
		closeAll(list)
		t.Error("it listens")
	}
	if text, _ := os.ReadFile(path); string(text) != "dear" {
		t.Errorf("the file is %q now", text)
	}
}
