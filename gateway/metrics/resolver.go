package metrics

import (
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"weir/gateway/resolver"
)

// ofDNS are the numbers of the resolver.
type ofDNS struct {
	questions *prometheus.HistogramVec
	stats     atomic.Pointer[func() resolver.Stats]
}

func (m *Metrics) newDNS() {
	m.dns.questions = m.histograms("dns_seconds", "Questions to the name servers, by how they ended.", short, "result")
	m.registry.MustRegister(dnsState{m})
}

// Question counts a question that went to the name servers.
func (m *Metrics) Question(how string, took time.Duration) {
	m.dns.questions.WithLabelValues(how).Observe(took.Seconds())
}

// SetResolver says where the numbers of the resolver are asked for.
func (m *Metrics) SetResolver(stats func() resolver.Stats) { m.dns.stats.Store(&stats) }

// dnsState asks the resolver when Prometheus asks.
type dnsState struct{ m *Metrics }

var (
	dnsLookups = prometheus.NewDesc("weir_dns_lookups_total", "Lookups that needed no question of their own, by why: cached, shared, spent, impossible.", []string{"why"}, nil)
	dnsSent    = prometheus.NewDesc("weir_dns_packets_total", "Questions sent, repeated ones too, by transport.", []string{"transport"}, nil)
	dnsForged  = prometheus.NewDesc("weir_dns_forged_total", "Packets that answered no question of ours: late, or forged.", nil, nil)
	dnsEntries = prometheus.NewDesc("weir_dns_cache_entries", "Answers in the cache.", nil, nil)
	dnsBytes   = prometheus.NewDesc("weir_dns_cache_bytes", "Memory that they take.", nil, nil)
	dnsFlying  = prometheus.NewDesc("weir_dns_in_flight", "Questions under way.", nil, nil)
)

// Describe and Collect make dnsState a prometheus.Collector.
func (dnsState) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{dnsLookups, dnsSent, dnsForged, dnsEntries, dnsBytes, dnsFlying} {
		ch <- d
	}
}

// Collect sends the numbers of the moment.
func (s dnsState) Collect(ch chan<- prometheus.Metric) {
	stats := s.m.dns.stats.Load()
	if stats == nil {
		return
	}
	n := (*stats)()
	for why, v := range map[string]int64{"cached": n.Hits, "shared": n.Shared, "spent": n.Spent, "impossible": n.Impossible} {
		ch <- prometheus.MustNewConstMetric(dnsLookups, prometheus.CounterValue, float64(v), why)
	}
	ch <- prometheus.MustNewConstMetric(dnsSent, prometheus.CounterValue, float64(n.UDP), "udp")
	ch <- prometheus.MustNewConstMetric(dnsSent, prometheus.CounterValue, float64(n.TCP), "tcp")
	ch <- prometheus.MustNewConstMetric(dnsForged, prometheus.CounterValue, float64(n.Forged))
	ch <- prometheus.MustNewConstMetric(dnsEntries, prometheus.GaugeValue, float64(n.Entries))
	ch <- prometheus.MustNewConstMetric(dnsBytes, prometheus.GaugeValue, float64(n.Bytes))
	ch <- prometheus.MustNewConstMetric(dnsFlying, prometheus.GaugeValue, float64(n.InFlight))
}
