package metrics

import "github.com/prometheus/client_golang/prometheus"

// doors are asked when somebody reads the metrics.
type doors struct {
	each func(see func(door string, open int))
}

var connectionsDesc = prometheus.NewDesc(namespace+"_connections", "Clients connected now, by door.", []string{"door"}, nil)

// Doors registers the doors: each tells the name of every one that is open, and how many connections it has. It is called
// once.
func (m *Metrics) Doors(each func(see func(door string, open int))) {
	m.registry.MustRegister(doors{each})
}

// Describe implements prometheus.Collector.
func (doors) Describe(out chan<- *prometheus.Desc) { out <- connectionsDesc }

// Collect implements prometheus.Collector.
func (d doors) Collect(out chan<- prometheus.Metric) {
	d.each(func(door string, open int) {
		out <- prometheus.MustNewConstMetric(connectionsDesc, prometheus.GaugeValue, float64(open), door)
	})
}
