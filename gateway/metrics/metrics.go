// Package metrics counts what Weir does and serves it to Prometheus, together with /live and /ready.
//
// A Metrics is what the gateway, the SMTP server and the next hops report to: it is a gateway.Watcher and an
// smtp.Watcher, and Hooks gives a relay.Hooks. There are no global variables: each Metrics has a registry of its own.
// Labels come from the config and from fixed lists only, never from mail, so that nobody can blow them up.
package metrics

import (
	"context"
	"errors"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"weir/gateway"
	"weir/gateway/relay"
	"weir/gateway/smtp"
)

// Metrics is all numbers of one process. It is safe for use by many goroutines.
type Metrics struct {
	registry *prometheus.Registry
	draining atomic.Bool
	hops     atomic.Pointer[[]relay.Hop]

	messages, would, early            *prometheus.CounterVec
	bytes, recipients                 prometheus.Counter
	judged                            prometheus.Histogram
	filterTime                        *prometheus.HistogramVec
	filterFailed                      *prometheus.CounterVec
	refused, vanished                 *prometheus.CounterVec
	window2, connectTime              *prometheus.HistogramVec
	window3                           prometheus.Histogram
	reused, hopFailed, trips, unknown *prometheus.CounterVec
	reloads                           *prometheus.CounterVec
	quarantineFailed                  prometheus.Counter
	store                             ofStore
	dns                               ofDNS
}

// short are the buckets of what takes microseconds to seconds; long of what may take minutes. In seconds.
var (
	short = []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60}
	long  = []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600}
)

// New makes a Metrics; version is that of the build.
func New(version string) *Metrics {
	m := &Metrics{registry: prometheus.NewRegistry()}
	m.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), hopState{m})
	m.gauges("build_info", "Always 1; the labels say which build this is.", "version", "go").WithLabelValues(version, runtime.Version()).Set(1)
	m.ofMail()
	m.ofClients()
	m.ofHops()
	m.newStore()
	m.newDNS()
	return m
}

func (m *Metrics) ofMail() {
	m.messages = m.counters("messages_total", "Messages judged, by what became of them.", "action")
	m.would = m.counters("observed_messages_total", "Messages delivered in observe mode, by what would have become of them.", "action")
	m.early = m.counters("early_refusals_total", "Refusals before the message came, by stage of the SMTP dialogue.", "stage")
	m.bytes = m.counter("message_bytes_total", "Bytes of the messages judged.")
	m.recipients = m.counter("recipients_total", "Recipients of the messages judged.")
	m.judged = m.histogram("message_seconds", "Time from the end of a message to its decision.", short)
	m.filterTime = m.histograms("filter_seconds", "Time that a filter took for one message.", short, "filter")
	m.filterFailed = m.counters("filter_failures_total", "Runs of a filter that could not tell, by kind: error, timeout, panic.", "filter", "kind")
	m.quarantineFailed = m.counter("quarantine_failures_total", "Messages that the quarantine could not keep; the client was told 451.")
	m.reloads = m.counters("reloads_total", "Reloads of the config, by result: ok, failed.", "result")
}

func (m *Metrics) ofClients() {
	m.refused = m.counters("client_refusals_total", "Clients turned away or cut off, by reason.", "reason")
	m.vanished = m.counters("clients_vanished_total", "Clients gone before the message was sent on (nothing delivered), or after it.", "when")
	m.window3 = m.histogram("window3_seconds", "W3: from the next hop's answer to ours. A client lost in it sends the mail again.", short)
}

func (m *Metrics) ofHops() {
	m.window2 = m.histograms("window2_seconds", "W2: from the end of the message to the next hop's answer. What is lost in it may come twice.", long, "hop")
	m.connectTime = m.histograms("next_hop_connect_seconds", "Time to open a connection to a next hop.", short, "hop")
	m.reused = m.counters("next_hop_reuses_total", "Messages that went over a connection that was open already.", "hop")
	m.hopFailed = m.counters("next_hop_failures_total", "Connections to a next hop that could not be opened or broke.", "hop", "address")
	m.trips = m.counters("next_hop_trips_total", "How often an address of a next hop was given up for a while.", "hop", "address")
	m.unknown = m.counters("next_hop_unknown_outcomes_total", "Next hops lost between a message's end and their answer: a second copy may arrive.", "hop")
}

// Report counts a judged message or an early refusal. It makes Metrics a gateway.Watcher.
func (m *Metrics) Report(r *gateway.Report) {
	if r.Stage != "" {
		m.early.WithLabelValues(r.Stage).Inc()
		return
	}
	m.messages.WithLabelValues(r.Action.String()).Inc()
	if r.Would != nil {
		m.would.WithLabelValues(r.Would.String()).Inc()
	}
	m.bytes.Add(float64(r.Size))
	m.recipients.Add(float64(len(r.Rcpt)))
	m.judged.Observe(r.MS / 1000)
}

// Filter counts one run of a filter.
func (m *Metrics) Filter(name string, took time.Duration, err error) {
	m.filterTime.WithLabelValues(name).Observe(took.Seconds())
	switch {
	case err == nil:
	case errors.Is(err, gateway.ErrPanic):
		m.filterFailed.WithLabelValues(name, "panic").Inc()
	case errors.Is(err, context.DeadlineExceeded):
		m.filterFailed.WithLabelValues(name, "timeout").Inc()
	default:
		m.filterFailed.WithLabelValues(name, "error").Inc()
	}
}

// Refused counts a client that was turned away. Its address is for the log only. With Window3 and Vanished it makes
// Metrics an smtp.Watcher.
func (m *Metrics) Refused(why smtp.Refusal, _ string) { m.refused.WithLabelValues(string(why)).Inc() }

// Window3 notes the time between the next hop's answer and ours.
func (m *Metrics) Window3(d time.Duration) { m.window3.Observe(d.Seconds()) }

// Vanished counts a client that was gone before the message was sent on, or after it.
func (m *Metrics) Vanished(before bool, _ string) {
	when := "after"
	if before {
		when = "before"
	}
	m.vanished.WithLabelValues(when).Inc()
}

// Hooks counts what happens at the next hops.
func (m *Metrics) Hooks() relay.Hooks {
	return relay.Hooks{
		Opened:   func(hop, _ string, d time.Duration) { m.connectTime.WithLabelValues(hop).Observe(d.Seconds()) },
		Reused:   func(hop string) { m.reused.WithLabelValues(hop).Inc() },
		Failed:   func(hop, addr string, _ error) { m.hopFailed.WithLabelValues(hop, addr).Inc() },
		Answered: func(hop string, d time.Duration) { m.window2.WithLabelValues(hop).Observe(d.Seconds()) },
		Unknown:  func(hop string) { m.unknown.WithLabelValues(hop).Inc() },
		State: func(hop, addr string, down bool) {
			if down {
				m.trips.WithLabelValues(hop, addr).Inc()
			}
		},
	}
}

// Reloaded counts a reload of the config; err is why it failed, or nil.
func (m *Metrics) Reloaded(err error) {
	result := "ok"
	if err != nil {
		result = "failed"
	}
	m.reloads.WithLabelValues(result).Inc()
}

// QuarantineFailed counts a message that the quarantine could not keep.
func (m *Metrics) QuarantineFailed() { m.quarantineFailed.Inc() }
