package metrics

import (
	"strings"
	"testing"

	"weir/filters"
)

// asking is a filter that asks one list.
type asking struct{}

func (asking) Troubles() []filters.Trouble {
	return []filters.Trouble{{Subject: "spamcop", Kind: "silent"}}
}
func (asking) Counts() []filters.Count {
	return []filters.Count{{Subject: "spamcop", Kind: "listed", N: 7}}
}

func (asking) Gauges() []filters.Gauge {
	return []filters.Gauge{{Subject: "spamcop", Kind: "busy", Text: "v1", Value: 3}}
}

// each gives the one filter.
func each(see func(string, filters.Lookout)) { see("dnsbl", asking{}) }

func TestWhatFiltersSayOfThoseWhomTheyAskShows(t *testing.T) {
	m := New("test")
	m.Lookouts(each)
	_, body, _ := get(t, m.Handler(DefaultConfig()), "GET", "/metrics")
	for _, want := range []string{`weir_filter_trouble{filter="dnsbl",kind="silent",subject="spamcop"} 1`,
		`weir_filter_answers_total{filter="dnsbl",kind="listed",subject="spamcop"} 7`,
		`weir_filter_gauge{filter="dnsbl",kind="busy",subject="spamcop",text="v1"} 3`} {
		if !strings.Contains(body, want+"\n") {
			t.Errorf("no line %s", want)
		}
	}
}
