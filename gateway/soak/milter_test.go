package soak

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"weir/gateway/realtest"
)

// TestMilterSoak sends mails to a real Postfix whose milter is a weir process, and kills that again and again. Postfix
// answers only once it knows, so a mail that it took is there exactly once, whatever became of Weir.
func TestMilterSoak(t *testing.T) {
	n, k := *mails/5, *kills/5
	if testing.Short() {
		n, k = 200, 4
	}
	dir, err := os.MkdirTemp("", "weir-sock-") // a test's own folder is too deep for a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	socket := "unix:" + filepath.Join(dir, "milter.sock")
	weir := startMilter(t, socket)
	postfix := realtest.NewPostfix(t, realtest.PostfixOptions{
		Mailboxes: []string{box},
		Main: map[string]string{
			"smtpd_client_connection_count_limit": "0", "smtpd_milters": socket, "milter_default_action": "tempfail",
			"smtpd_error_sleep_time": "0",
		},
	})
	plan := Plan{Addr: postfix.Addr, Rcpt: box, Mails: n, Kills: k, Seed: 3, Renew: true, Kill: func() error { weir.Kill(); return weir.Start() }}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute) // a hang guard
	defer cancel()
	var ledger Ledger
	if err := plan.Run(ctx, &ledger); err != nil {
		t.Fatal(err)
	}
	balance := ledger.Balance(arrived(t, postfix))
	t.Logf("%d kills: %s", k, balance)
	if !balance.Clean() || balance.Duplicates != 0 {
		t.Error("the books do not balance")
	}
	if balance.Deferred+balance.Early == 0 {
		t.Error("no attempt met a dead Weir: the kills came at no bad moment")
	}
}

// startMilter starts Weir with the milter door alone.
func startMilter(t *testing.T, socket string) *realtest.Weir {
	t.Helper()
	config := fmt.Sprintf("[smtp]\nlisten = []\n[http]\nlisten = []\n[metrics]\nlisten = \"\"\n[milter]\nlisten = [%q]\nsocket_group = \"daemon\"\n[resolver]\nservers = [\"127.0.0.1:9\"]\n", socket)
	file := filepath.Join(t.TempDir(), "weir.toml")
	if err := os.WriteFile(file, []byte(config), 0o644); err != nil {
		t.Fatal(err)
	}
	return realtest.NewWeir(t, realtest.Build(t), socket, "--config", file)
}
