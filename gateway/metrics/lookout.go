package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"weir/filters"
)

// lookouts are the filters that know how those are whom they ask; they are heard when somebody reads the metrics.
type lookouts struct {
	each func(see func(filter string, l filters.Lookout))
}

var (
	troubleDesc = prometheus.NewDesc(namespace+"_filter_trouble", "1 while a filter has this kind of trouble with somebody whom it asks (a DNS list that does not answer).", []string{"filter", "subject", "kind"}, nil)
	eventDesc   = prometheus.NewDesc(namespace+"_filter_answers_total", "What those whom a filter asks (DNS lists) have answered, by kind.", []string{"filter", "subject", "kind"}, nil)
)

// gaugeDesc has what a scanner tells of itself (the version of its database) as a label: it is the admin's own.
var gaugeDesc = prometheus.NewDesc(namespace+"_filter_gauge", "Numbers of the moment about those whom a filter asks: scans under way and at most, the age of a database in seconds.", []string{"filter", "subject", "kind", "text"}, nil)

// Lookouts registers the filters that know how those are whom they ask; each is gateway.Gateway's Lookouts. It is called once.
func (m *Metrics) Lookouts(each func(see func(filter string, l filters.Lookout))) {
	m.registry.MustRegister(lookouts{each})
}

// Describe implements prometheus.Collector.
func (lookouts) Describe(out chan<- *prometheus.Desc) {
	out <- troubleDesc
	out <- eventDesc
	out <- gaugeDesc
}

// Collect implements prometheus.Collector. Subjects are names from the config, never from mail.
func (l lookouts) Collect(out chan<- prometheus.Metric) {
	l.each(func(filter string, l filters.Lookout) {
		for _, t := range l.Troubles() {
			out <- prometheus.MustNewConstMetric(troubleDesc, prometheus.GaugeValue, 1, filter, t.Subject, t.Kind)
		}
		for _, c := range l.Counts() {
			out <- prometheus.MustNewConstMetric(eventDesc, prometheus.CounterValue, float64(c.N), filter, c.Subject, c.Kind)
		}
		if g, ok := l.(filters.Gauger); ok {
			for _, g := range g.Gauges() {
				out <- prometheus.MustNewConstMetric(gaugeDesc, prometheus.GaugeValue, g.Value, filter, g.Subject, g.Kind, g.Text)
			}
		}
	})
}
