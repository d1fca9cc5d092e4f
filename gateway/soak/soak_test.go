package soak

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"weir/gateway/realtest"
)

var (
	mails = flag.Int("mails", 1500, "mails of the soak test")
	kills = flag.Int("kills", 30, "SIGKILLs of Weir during the soak test")
)

const box = "box@weir.test"

// TestSoak sends mails through a weir process to a real Postfix, kills the process again and again, and holds what
// arrived against what clients were told. make soak is the long run.
func TestSoak(t *testing.T) {
	t.Run("B15_sigkills_lose_no_mail_and_every_duplicate_is_explained", func(t *testing.T) {
		if testing.Short() {
			*mails, *kills = 500, 10
		}
		postfix := realtest.NewPostfix(t, realtest.PostfixOptions{
			Mailboxes: []string{box},
			Main:      map[string]string{"smtpd_client_connection_count_limit": "0"},
		})
		weir := startWeir(t, postfix.Addr)
		kill := func() error { weir.Kill(); return weir.Start() }
		plan := Plan{Addr: weir.Addr, Rcpt: box, Mails: *mails, Kills: *kills, Seed: 2, Kill: kill}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute) // a hang guard
		defer cancel()
		var ledger Ledger
		if err := plan.Run(ctx, &ledger); err != nil {
			t.Fatal(err)
		}
		balance := ledger.Balance(arrived(t, postfix))
		t.Logf("%d kills: %s", *kills, balance)
		if !balance.Clean() {
			t.Error("the books do not balance")
		}
	})
}

// startWeir puts Weir in front of a next hop for weir.test.
func startWeir(t *testing.T, hop string) *realtest.Weir {
	t.Helper()
	addr := realtest.FreeAddr(t)
	config := fmt.Sprintf("[smtp]\nlisten = [%q]\n\n[metrics]\nlisten = \"\"\n\n[[next_hop]]\naddress = [%q]\ndomains = [\"weir.test\"]\n", addr, hop)
	file := filepath.Join(t.TempDir(), "weir.toml")
	if err := os.WriteFile(file, []byte(config), 0o644); err != nil {
		t.Fatal(err)
	}
	return realtest.NewWeir(t, realtest.Build(t), addr, "--config", file)
}

// arrived waits until Postfix has delivered its whole queue, and counts the copies of each mail.
func arrived(t *testing.T, p *realtest.Postfix) map[string]int {
	t.Helper()
	for range 2400 { // a hang guard: two minutes
		if p.Queued() == 0 {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	if n := p.Queued(); n > 0 {
		t.Fatalf("%d mails are still in Postfix's queue", n)
	}
	copies := map[string]int{}
	for _, file := range p.Mail(box) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		id, intact := Identify(string(text))
		if !intact {
			t.Errorf("%q arrived damaged: %s", id, file)
		}
		copies[id]++
	}
	return copies
}
