//go:build unix

package rules

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// A FIFO would keep whoever opens it waiting for a writer.
func TestAFIFOIsNoRulesFile(t *testing.T) {
	dir := t.TempDir()
	pipe, including := filepath.Join(dir, "pipe.cf"), filepath.Join(dir, "a.cf")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Skip(err)
	}
	if err := os.WriteFile(including, []byte("include pipe.cf\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Run("D20_named_as_a_path", func(t *testing.T) {
		if _, err := Read(pipe); err == nil || !strings.Contains(err.Error(), "no plain file") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("D20_included", func(t *testing.T) {
		set, err := Load(Options{Paths: []string{including}})
		if err == nil || set == nil || !strings.Contains(err.Error(), "no plain file") {
			t.Errorf("got %v", err)
		}
	})
}
