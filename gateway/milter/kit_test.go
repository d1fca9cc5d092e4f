package milter

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"log/slog"
	"net"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-milter"
	"go.uber.org/goleak"

	"weir/filters"
	"weir/filters/setting"
	"weir/gateway"
	"weir/gateway/spool"
	"weir/message"
	"weir/scoring"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fake is a filter made of a function.
type fake func(ctx context.Context, m *message.Message) (filters.Result, error)

func (f fake) Check(ctx context.Context, m *message.Message, _ filters.Findings) (filters.Result, error) {
	return f(ctx, m)
}

// words is a filter that finds a symbol of the test's where the message has its name.
var words = fake(func(_ context.Context, m *message.Message) (r filters.Result, err error) {
	for name := range scores {
		if strings.Contains(string(m.Raw), name) {
			r.Hits = append(r.Hits, scoring.Hit{Name: name})
		}
	}
	return r, nil
})

var scores = map[string]float64{"GREY_WORD": 2, "TAG_WORD": 5, "HOLD_WORD": 8, "DISCARD_WORD": 10, "REJECT_WORD": 15, "EARLY_WORD": 0}

// door is a running server with what stands around it.
type door struct {
	*Server
	t        testing.TB
	network  string
	addr     string
	cfg      Config
	maxSize  int64
	kept     *keeper
	noKeeper bool
	settings gateway.Settings
	running  []gateway.Running
	rules    []gateway.PolicyRule
	outgoing *scoring.Policy
	spool    *spool.Pool
	ledger   ledger
	log      *lines
	gateway  *gateway.Gateway
}

// setup changes how a door is built.
type setup func(*door)

func with(change func(*Config)) setup { return func(d *door) { change(&d.cfg) } }

// adding switches on another filter.
func adding(stage filters.Stage, f fake) setup {
	return func(d *door) {
		d.running = append(d.running, gateway.Running{Spec: &filters.Spec{Name: fmt.Sprintf("test%d", len(d.running)), Stage: stage}, Filter: f})
	}
}

// policy adds one for a domain.
func policy(domain string, t scoring.Thresholds) setup {
	return func(d *door) {
		d.rules = append(d.rules, gateway.PolicyRule{Policy: &scoring.Policy{Name: domain, Thresholds: t}, Recipients: []string{"@" + domain}})
	}
}

// clientStage finds EARLY_WORD at one of the stages connect (1), HELO (2) and sender (3).
func clientStage(n int) setup {
	stage := []filters.Stage{filters.Connect, filters.Helo, filters.Sender}[n-1]
	return adding(stage, func(context.Context, *message.Message) (filters.Result, error) {
		return filters.Result{Hits: []scoring.Hit{{Name: "EARLY_WORD"}}}, nil
	})
}

// rcptStage finds EARLY_WORD for one recipient.
func rcptStage(whom string) setup {
	return adding(filters.Recipient, func(_ context.Context, m *message.Message) (r filters.Result, err error) {
		if m.Rcpts[len(m.Rcpts)-1] == whom {
			r.Hits = []scoring.Hit{{Name: "EARLY_WORD"}}
		}
		return r, nil
	})
}

func refusing(d *door) { d.settings.RefuseOn = []string{"EARLY_WORD"} }

func short(n int) setting.Duration { return setting.Duration(time.Duration(n) * time.Millisecond) }

// start runs a server on TCP.
func start(t testing.TB, changes ...setup) *door {
	t.Helper()
	d := &door{t: t, network: "tcp", addr: "127.0.0.1:0", cfg: DefaultConfig(), kept: &keeper{}, log: &lines{},
		settings: gateway.Settings{Hostname: "mx.weir.example", Remove: gateway.DefaultRemove, Headers: gateway.DefaultHeaders},
		running:  []gateway.Running{{Spec: &filters.Spec{Name: "words", Stage: filters.Data}, Filter: words}}}
	for _, change := range changes {
		change(d)
	}
	d.gateway = gateway.New(d.snapshot(), &d.ledger)
	o := Options{Config: func() *Config { return &d.cfg }, MaxSize: func() int64 { return d.maxSize }, Quarantine: d.kept, Spool: d.spool,
		Log: func() *slog.Logger { return slog.New(slog.NewTextHandler(d.log, nil)) }}
	if d.noKeeper {
		o.Quarantine = nil
	}
	srv, err := New(d.gateway, o)
	if err != nil {
		t.Fatal(err)
	}
	d.Server = srv
	d.listen()
	t.Cleanup(d.gateway.Close)
	t.Cleanup(func() { srv.Close() })
	return d
}

func (d *door) listen() {
	d.t.Helper()
	l, err := net.Listen(d.network, d.addr)
	if err != nil {
		d.t.Fatal(err)
	}
	d.addr = l.Addr().String()
	done := make(chan error, 1)
	go func() { done <- d.Serve(l) }()
	d.t.Cleanup(func() {
		d.Close()
		if err := <-done; err != nil {
			d.t.Errorf("Serve: %v", err)
		}
	})
}

func onUnix(d *door) { d.network, d.addr = "unix", filepath.Join(d.t.TempDir(), "m.sock") }

func (d *door) snapshot() *gateway.Snapshot {
	d.t.Helper()
	table := &scoring.Table{}
	for name, score := range scores {
		table.Declare(scoring.Symbol{Name: name, Score: score, Grey: name == "GREY_WORD"}, "test", 0)
	}
	for _, r := range d.running {
		table.Declare(scoring.Symbol{Name: gateway.FailedSymbol(r.Spec.Name)}, "test", 0)
		for _, symbol := range r.Spec.Symbols {
			table.Declare(symbol, "test", 0)
		}
	}
	def := &scoring.Policy{Name: "default", Thresholds: scoring.Thresholds{Greylist: 2, Tag: 5, Quarantine: 8, Discard: 10, Reject: 15}}
	policies, err := gateway.NewPolicies(def, d.outgoing, d.rules)
	if err != nil {
		d.t.Fatal(err)
	}
	s, err := gateway.NewSnapshot(d.settings, d.running, table, policies)
	if err != nil {
		d.t.Fatal(err)
	}
	return s
}

// keeper is a quarantine in memory.
type keeper struct {
	mu   sync.Mutex
	mail []kept
	err  error
}

type kept struct {
	rcpts []string
	raw   string
}

func (k *keeper) Store(_ *gateway.Report, _ *message.Envelope, rcpts []string, chunks [][]byte) (string, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.err != nil {
		return "", k.err
	}
	var b strings.Builder
	for _, c := range chunks {
		b.Write(c)
	}
	k.mail = append(k.mail, kept{rcpts, b.String()})
	return fmt.Sprintf("item%d", len(k.mail)), nil
}

// ledger collects reports.
type ledger struct {
	mu      sync.Mutex
	reports []*gateway.Report
}

func (l *ledger) Report(r *gateway.Report) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.reports = append(l.reports, r)
}
func (l *ledger) Filter(string, time.Duration, error) {}

// last waits for a number of reports and gives the last one.
func (d *door) last(n int) *gateway.Report {
	d.t.Helper()
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
		d.ledger.mu.Lock()
		list := d.ledger.reports
		d.ledger.mu.Unlock()
		if len(list) >= n {
			return list[n-1]
		}
	}
	d.t.Fatalf("there are not %d reports", n)
	return nil
}

// about waits for the report of the mail with a subject: those of earlier mails may come later than their answers.
func (d *door) about(subject string) *gateway.Report {
	d.t.Helper()
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
		d.ledger.mu.Lock()
		list := d.ledger.reports
		d.ledger.mu.Unlock()
		for _, r := range list {
			if r.Subject == subject {
				return r
			}
		}
	}
	d.t.Fatalf("there is no report of %q", subject)
	return nil
}

// lines is a log in memory.
type lines struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// mta is a mail server's side of a connection, packet by packet.
type mta struct {
	net.Conn
	t       testing.TB
	actions milter.OptAction
	steps   milter.OptProtocol
	version uint32
	blind   bool // ids in answers are written "ID"
}

const everything = 0x1fffff

// dial connects and negotiates as Postfix and Sendmail do.
func (d *door) dial() *mta {
	d.t.Helper()
	m := d.connect()
	m.negotiate(6, 0x1ff, everything)
	return m
}

func (d *door) connect() *mta {
	d.t.Helper()
	c, err := net.Dial(d.network, d.addr)
	if err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() { c.Close() })
	_ = c.SetDeadline(time.Now().Add(20 * time.Second))
	return &mta{Conn: c, t: d.t}
}

func (m *mta) negotiate(version, actions, steps uint32) {
	m.t.Helper()
	data := binary.BigEndian.AppendUint32(nil, version)
	data = binary.BigEndian.AppendUint32(data, actions)
	data = binary.BigEndian.AppendUint32(data, steps)
	m.send('O', string(data))
	code, got := m.read()
	if code != 'O' || len(got) != 12 {
		m.t.Fatalf("the answer to the negotiation is %c %q", code, got)
	}
	n := func(i int) uint32 { return binary.BigEndian.Uint32([]byte(got[4*i:])) }
	m.version, m.actions, m.steps = n(0), milter.OptAction(n(1)), milter.OptProtocol(n(2))
}

// packet is one on the wire.
func packet(code byte, data string) string {
	return string(binary.BigEndian.AppendUint32(nil, uint32(len(data)+1))) + string(code) + data
}

func (m *mta) send(code byte, data string) {
	m.t.Helper()
	if _, err := io.WriteString(m, packet(code, data)); err != nil {
		m.t.Fatalf("%c: %v", code, err)
	}
}

// read gives the next answer; code 0 when the connection has ended.
func (m *mta) read() (code byte, data string) {
	m.t.Helper()
	var head [5]byte
	if _, err := io.ReadFull(m, head[:]); err != nil {
		if ne, ok := err.(net.Error); ok && ne.Timeout() {
			m.t.Fatal("no answer")
		}
		return 0, ""
	}
	b := make([]byte, binary.BigEndian.Uint32(head[:])-1)
	if _, err := io.ReadFull(m, b); err != nil {
		m.t.Fatal(err)
	}
	return head[4], string(b)
}

// ask sends a packet and gives the answer as one string: its code, and its strings.
func (m *mta) ask(code byte, data string) string {
	m.t.Helper()
	m.send(code, data)
	return m.hear()
}

func (m *mta) hear() string {
	m.t.Helper()
	code, data := m.read()
	if code == 0 {
		return "closed"
	}
	if m.blind {
		data = idWord.ReplaceAllString(data, "reference ID")
	}
	return show(code, data)
}

var idWord = regexp.MustCompile(`reference [a-z0-9]+`)

// show writes an answer for a person: numbers of headers, and NULs as "|".
func show(code byte, data string) string {
	text := data
	if code == 'm' || code == 'i' {
		text = fmt.Sprintf("%d|%s", binary.BigEndian.Uint32([]byte(data)), data[4:])
	}
	return strings.TrimRight(strings.TrimSuffix(string(code)+" "+strings.ReplaceAll(text, "\x00", "|"), "|"), " ")
}

// want fails unless an answer is as it should be.
func (m *mta) want(want, got string) {
	m.t.Helper()
	if got != want {
		m.t.Fatalf("the answer is %q, want %q", got, want)
	}
}

func connect4(addr string) string { return "client.example\x004\x30\x39" + addr + "\x00" }

// greet tells of a client.
func (m *mta) greet() *mta {
	m.t.Helper()
	m.send('C', connect4("203.0.113.7"))
	m.send('H', "client.example\x00")
	return m
}

// envelope begins a message.
func (m *mta) envelope(from string, rcpts ...string) {
	m.t.Helper()
	m.want("c", m.ask('M', "<"+from+">\x00"))
	for _, r := range rcpts {
		m.want("c", m.ask('R', "<"+r+">\x00"))
	}
}

// content sends a message, given with LF line ends, as a mail server does, and gives all answers to its end.
func (m *mta) content(mail string) []string {
	m.t.Helper()
	head, body, _ := strings.Cut(mail, "\n\n")
	for _, f := range fields(head) {
		name, value, _ := strings.Cut(f, ":")
		m.send('L', name+"\x00"+value+"\x00")
	}
	m.send('N', "")
	if body != "" {
		for chunk := strings.ReplaceAll(body, "\n", "\r\n"); chunk != ""; {
			n := min(len(chunk), milter.MaxBodyChunk)
			answer := m.ask('B', chunk[:n])
			if chunk = chunk[n:]; answer == "s" {
				break
			}
			m.want("c", answer)
		}
	}
	return m.end()
}

// fields splits a header with its folded lines kept.
func fields(head string) (list []string) {
	for line := range strings.SplitSeq(head, "\n") {
		if len(list) > 0 && line != "" && (line[0] == ' ' || line[0] == '\t') {
			list[len(list)-1] += "\n" + line
			continue
		}
		list = append(list, line)
	}
	return list
}

// end says that the message is whole, and gives all answers.
func (m *mta) end() (answers []string) {
	m.t.Helper()
	m.send('E', "")
	return m.verdict()
}

func (m *mta) verdict() (answers []string) {
	m.t.Helper()
	for {
		a := m.hear()
		answers = append(answers, a)
		switch a[0] {
		case 'c', 'a', 'd', 'r', 't', 'y':
			return answers
		}
	}
}

// mail sends one whole mail to a recipient and gives the answers.
func (m *mta) mail(text string, rcpts ...string) []string {
	m.t.Helper()
	if rcpts == nil {
		rcpts = []string{"bob@house.example"}
	}
	m.envelope("ann@shop.example", rcpts...)
	return m.content(text)
}

const plain = "From: Ann <ann@shop.example>\nTo: bob@house.example\nSubject: Lunch\n\nAt noon?\n"

// saying is a mail with a word that the filter finds.
func saying(word string) string { return plain + word + "\n" }
