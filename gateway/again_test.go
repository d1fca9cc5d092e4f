package gateway

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"weir/filters"
	"weir/message"
	"weir/scoring"
)

func TestAFilterRunsAgainAtLaterStagesAndIsToldWhich(t *testing.T) {
	h := newHouse()
	again := fake(func(_ context.Context, m *message.Message, found filters.Findings) (filters.Result, error) {
		detail := found.Stage().String()
		if m.Helo != "" {
			detail += " of " + m.Helo
		}
		return filters.Result{Hits: []scoring.Hit{{Name: "AGAIN_" + upper(found.Stage().String()), Detail: detail}}}, nil
	})
	h.add(filters.Spec{Name: "again", Stage: filters.Connect, Again: []filters.Stage{filters.Helo, filters.Header}, Network: true}, again, nil)
	g, _ := h.open(t)
	out := judge(t, g, plain, "bob@example.com")
	var got []string
	for _, s := range out.Report.Symbols {
		got = append(got, s.Name+" "+s.Detail)
	}
	want := []string{"AGAIN_CONNECT connect", "AGAIN_HELO helo of client.example.org", "AGAIN_HEADER header of client.example.org"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("symbols (-want +got):\n%s", diff)
	}
	if len(out.Report.Filters) != 1 {
		t.Errorf("times of %d filters, want one", len(out.Report.Filters))
	}
}

// weary is a filter that has trouble and has counted.
type weary struct{ fake }

func (weary) Troubles() []filters.Trouble {
	return []filters.Trouble{{Subject: "list", Kind: "silent", Text: "does not answer"}}
}
func (weary) Counts() []filters.Count {
	return []filters.Count{{Subject: "list", Kind: "failed", N: 3}}
}

func TestTheLookoutsOfTheCurrentSnapshotAreHeard(t *testing.T) {
	h := newHouse()
	h.add(filters.Spec{Name: "weary"}, weary{hit("X")}, nil)
	h.add(filters.Spec{Name: "other"}, hit("Y"), nil)
	g, _ := h.open(t)
	var got []string
	g.Lookouts(func(name string, l filters.Lookout) {
		got = append(got, name+" "+l.Troubles()[0].Kind+" "+l.Counts()[0].Subject)
	})
	if diff := cmp.Diff([]string{"weary silent list"}, got); diff != "" {
		t.Error(diff)
	}
	g.Reload(newHouse().snapshot(t))
	g.Lookouts(func(string, filters.Lookout) { t.Error("the old snapshot is heard") })
}
