package doors

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"testing"

	door "weir/gateway/http"
	"weir/gateway/spool"
)

// web is a client of Rspamd's protocol, as rspamc.
type web struct {
	client *http.Client
	url    string
}

func openHTTP(t *testing.T, h *house) entrance {
	s := door.New(h.Gateway, door.Options{
		Config: func() *door.Config { return &h.config.HTTP }, MaxSize: func() int64 { return 50 << 20 },
		Log: func() *slog.Logger { return slog.New(slog.DiscardHandler) }, Spool: spool.NewPool(t.TempDir(), 1<<20), Tally: &door.Tally{},
	})
	l, ended := listen(t), make(chan error, 1)
	go func() { ended <- s.Serve(l) }()
	w := web{&http.Client{Transport: &http.Transport{}, Timeout: hang}, "http://" + l.Addr().String() + "/checkv2"}
	t.Cleanup(func() {
		w.client.CloseIdleConnections()
		s.Close()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return w
}

func (w web) send(m *mail) error {
	r, err := http.NewRequest(http.MethodPost, w.url, bytes.NewReader(m.raw))
	if err != nil {
		return err
	}
	set := func(name, value string, known bool) {
		if known {
			r.Header.Add(name, value)
		}
	}
	set("IP", m.env.Client.Addr.String(), m.env.Client.Addr.IsValid())
	set("Hostname", m.env.Client.Name, m.env.Client.Name != "")
	set("User", m.env.Client.Auth, m.env.Client.Auth != "")
	set("Helo", m.env.Helo, m.env.Helo != "")
	set("From", m.env.From, m.env.HasFrom)
	for _, to := range m.env.Rcpts {
		set("Rcpt", to, true)
	}
	answer, err := w.client.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	var verdict struct{ Action string }
	if err := json.Unmarshal(text, &verdict); err != nil || verdict.Action == "" {
		return fmt.Errorf("answer %s %s", answer.Status, text)
	}
	return nil
}
