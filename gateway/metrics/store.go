package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// ofStore are the numbers of the store.
type ofStore struct {
	batches *prometheus.HistogramVec
	trouble *prometheus.GaugeVec
}

func (m *Metrics) newStore() {
	m.store.batches = m.histograms("store_seconds", "Time of a round trip to the store, by result: ok, failed.", short, "result")
	m.store.trouble = m.gauges("store_trouble", "1 while the store is in this kind of trouble: down, full, readonly, noscript, disk, secret.", "kind")
}

// Store counts a batch of operations.
func (m *Metrics) Store(took time.Duration, err error) {
	result := "ok"
	if err != nil {
		result = "failed"
	}
	m.store.batches.WithLabelValues(result).Observe(took.Seconds())
}

// StoreTrouble notes that a kind of trouble began or ended.
func (m *Metrics) StoreTrouble(kind string, on bool) {
	value := 0.0
	if on {
		value = 1
	}
	m.store.trouble.WithLabelValues(kind).Set(value)
}
