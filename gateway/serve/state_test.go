package serve

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"weir/filters"
	"weir/gateway/config"
	"weir/gateway/store/control"
)

func TestCommandsReachTheStateOfARunningGateway(t *testing.T) {
	cfg := config.Default()
	cfg.DataDir = t.TempDir()
	s := &State{}
	first, err := s.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := s.Open(cfg); err != nil || again != first {
		t.Fatalf("a reload opened another state: %v", err)
	}
	if err := s.serve(&house{}, cfg); err != nil {
		t.Fatal(err)
	}
	f := &filters.Family{Name: "test", TTL: time.Hour, Budget: 100}
	var note, look filters.Batch
	note.Seen(f, filters.Name{What: "x"})
	s.house.Store(nil) // there are no metrics here
	if err := first.Do(context.Background(), &note); err != nil {
		t.Fatal(err)
	}
	command, err := control.Open(cfg.Store, cfg.DataDir)
	if err != nil {
		t.Fatal(err)
	}
	seen := look.Look(f, filters.Name{What: "x"})
	if err := command.Do(context.Background(), &look); err != nil || seen.Times != 1 {
		t.Errorf("the command sees %d, %v", seen.Times, err)
	}
	if err := command.Close(); err != nil {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(cfg.DataDir, "control.sock")); err == nil {
		t.Error("the socket is left behind")
	}
}

func TestADataFolderThatCantBeMadeIsToldForPeople(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	cfg := config.Default()
	cfg.DataDir = filepath.Join(file, "data")
	_, err := (&State{}).Open(cfg)
	if err == nil || !strings.HasPrefix(err.Error(), "data_dir: ") || !strings.Contains(err.Error(), "not a directory (start Weir in another folder") {
		t.Errorf("got %v", err)
	}
}
