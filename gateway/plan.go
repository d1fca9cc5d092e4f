package gateway

import (
	"fmt"
	"slices"
	"strings"

	"weir/filters"
)

// plan is the order of one stage's filters: waves, each of which may run at once.
type plan struct {
	waves [][]int // indexes into Snapshot.Filters
}

func (p plan) empty() bool { return len(p.waves) == 0 }

// newPlan puts each filter of a stage into the first wave after all filters of the same stage that it names in After.
func newPlan(stage filters.Stage, running []Running) (plan, error) {
	level := map[string]int{}
	var todo []int
	for i, r := range running {
		if r.Spec.Stage == stage || slices.Contains(r.Spec.Again, stage) {
			todo = append(todo, i)
		}
	}
	here := make(map[string]bool, len(todo))
	for _, i := range todo {
		if name := running[i].Spec.Name; here[name] {
			return plan{}, fmt.Errorf("gateway: filter %s is listed twice", name)
		} else {
			here[name] = true
		}
	}
	var p plan
	for len(todo) > 0 {
		wave, rest := split(todo, func(i int) bool { return ready(running[i].Spec.After, here, level) })
		if len(wave) == 0 {
			return plan{}, fmt.Errorf("gateway: filters %s wait for each other (After)", names(running, rest))
		}
		for _, i := range wave {
			level[running[i].Spec.Name] = len(p.waves)
		}
		p.waves, todo = append(p.waves, wave), rest
	}
	return p, nil
}

// ready tells whether all filters in after that run in this stage are placed already.
func ready(after []string, here map[string]bool, placed map[string]int) bool {
	for _, name := range after {
		if _, ok := placed[name]; here[name] && !ok {
			return false
		}
	}
	return true
}

func split(all []int, keep func(int) bool) (yes, no []int) {
	for _, i := range all {
		if keep(i) {
			yes = append(yes, i)
		} else {
			no = append(no, i)
		}
	}
	return yes, no
}

func names(running []Running, which []int) string {
	list := make([]string, len(which))
	for k, i := range which {
		list[k] = running[i].Spec.Name
	}
	return strings.Join(list, ", ")
}

func upper(name string) string { return strings.ToUpper(strings.ReplaceAll(name, "-", "_")) }
