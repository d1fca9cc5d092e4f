package metrics

import (
	"errors"
	"fmt"

	"github.com/prometheus/client_golang/prometheus"

	"weir/gateway/relay"
)

// SetHops tells which next hops there are, at start and after each reload. Ready and weir_next_hop_up ask them.
func (m *Metrics) SetHops(hops []relay.Hop) { m.hops.Store(&hops) }

// Drain makes Ready fail from now on: Weir is about to stop, and no new client should come.
func (m *Metrics) Drain() { m.draining.Store(true) }

var (
	errStarting = errors.New("starting: no next hop is set up yet")
	errDraining = errors.New("draining: Weir is about to stop")
)

// Ready is nil while mail can be taken: Weir is not about to stop, and at least one next hop answers.
func (m *Metrics) Ready() error {
	if m.draining.Load() {
		return errDraining
	}
	hops := m.hops.Load()
	if hops == nil || len(*hops) == 0 {
		return errStarting
	}
	for _, h := range *hops {
		if h.Ready() {
			return nil
		}
	}
	return fmt.Errorf("no next hop answers (%d set)", len(*hops))
}

// hopState asks the next hops when Prometheus asks.
type hopState struct{ m *Metrics }

var hopUp = prometheus.NewDesc("weir_next_hop_up", "1 while the next hop answers, 0 while all its addresses are given up.", []string{"hop"}, nil)

// Describe and Collect make hopState a prometheus.Collector.
func (hopState) Describe(ch chan<- *prometheus.Desc) { ch <- hopUp }

// Collect sends one number for each next hop. Hops of the same name, which serve different domains, are one.
func (s hopState) Collect(ch chan<- prometheus.Metric) {
	up := map[string]bool{}
	if hops := s.m.hops.Load(); hops != nil {
		for _, h := range *hops {
			up[h.Name()] = up[h.Name()] || h.Ready()
		}
	}
	for name, ok := range up {
		value := 0.0
		if ok {
			value = 1
		}
		ch <- prometheus.MustNewConstMetric(hopUp, prometheus.GaugeValue, value, name)
	}
}
