package rules

import (
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"weir/rules/pattern"
)

// plan is what a Set does with a message: which groups of patterns look at what, and the metas in order.
type plan struct {
	order      []string // files, as they were read
	body       *group
	rawBody    *group
	full       *group
	uri        *group
	headers    []*group // one for each target
	mimes      []*group // one for each field of parts
	checks     []int32  // rules that call a function
	templates  []int32  // rules whose patterns have pieces that others catch
	catchers   []catcher
	metas      []meta
	report     []int32  // rules that are reported when hit
	outside    []string // names that no rule has: symbols of filters
	limits     []limit  // by rule
	homes      []home   // by rule: where its pattern is
	demand     []int32  // rules that are reported, and a few that must be known before them, in the order in which they are asked for
	groupCount int
	all        []int32 // rules that something may ask for, in such an order
}

// limit is how a rule counts.
type limit struct {
	max       int32 // matches that are counted
	noSubject bool
	weigh     bool // each match scores
}

// maxHits bounds the matches of a rule that is counted without maxhits.
const maxHits = 10_000

// meta is a meta rule with its names resolved.
type meta struct {
	rule  int32
	uses  []use   // by name of its expression
	needs []int32 // rules of which each must be found for it to hit
}

// use is what a name in a meta stands for.
type use struct {
	rule    int32   // a rule's count; -1: none
	outside int32   // a filter's symbol, index into plan.outside; -1: none
	sum     []int32 // rules_matching(): the counts of these rules
	fixed   float64 // else this
}

// linker builds the plan.
type linker struct {
	*Set
	offline bool
	needed  []bool
	state   []uint8       // of the walk through metas
	path    []int         // metas that the walk is in
	globbed int           // rules looked at for rules_matching()
	catch   map[int][]int // templates: the rules that catch their pieces
	outside map[string]int32
	like    map[string][]*group // of headers and parts, by what they look at
}

// compile builds the patterns of all rules, so that a bad one is found at load, and puts those that something needs
// into groups.
func (s *Set) compile(o Options) {
	n := len(s.rules)
	l := &linker{Set: s, offline: o.Offline, needed: make([]bool, n), state: make([]uint8, n), outside: map[string]int32{}, catch: map[int][]int{}, like: map[string][]*group{}}
	s.build()
	l.findCycles()
	l.linkTemplates()
	l.findNeeded()
	l.assign(o.Cache)
	l.orderDemand()
	if len(s.askers) > 0 {
		s.silent = s.off()
	}
	s.problems.Sort(s.plan.order)
}

// build compiles the patterns of all rules, on all processors.
func (s *Set) build() {
	var wait sync.WaitGroup
	var next atomic.Int64
	problems := make([]*Problem, len(s.rules))
	for range runtime.GOMAXPROCS(0) {
		wait.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(s.rules); i = int(next.Add(1)) - 1 {
				problems[i] = s.rules[i].build()
			}
		})
	}
	wait.Wait()
	for _, pb := range problems {
		if pb != nil {
			s.problems = append(s.problems, *pb)
		}
	}
}

// score gives a rule's own default: 1, or -1 for a nice one; 0.01 of that for a rule that is on trial (T_).
func (r *Rule) score() float64 {
	v := 1.0
	if strings.HasPrefix(r.Name, "T_") {
		v = 0.01
	}
	if r.Has("nice") {
		v = -v
	}
	return v
}

// off lists the rules that a score of 0 switches off, unless they decide by an action.
func (s *Set) off() map[string]bool {
	last := map[string]float64{}
	forced := map[string]bool{}
	for _, set := range s.settings {
		switch {
		case set.key == "action":
			forced[set.name] = true
		case set.key != "score":
		case set.relative:
			was, ok := last[set.name]
			if r := s.Rule(set.name); !ok && r != nil {
				was = r.score()
			}
			last[set.name] = was + set.value
		default:
			last[set.name] = set.value
		}
	}
	off := map[string]bool{}
	for name, v := range last {
		off[name] = v == 0 && !forced[name]
	}
	return off
}

// assign puts each needed rule into its group and makes the matchers. They keep what they can in a folder.
func (l *linker) assign(cache string) {
	p := &l.plan
	p.limits, p.homes = make([]limit, len(l.rules)), make([]home, len(l.rules))
	for i, r := range l.rules {
		p.limits[i], p.homes[i].index = r.limit(), -1
		if l.needed[i] && r.expr == nil {
			l.join(int32(i), r)
		}
	}
	l.catchPieces()
	p.metas = slices.DeleteFunc(p.metas, func(m meta) bool { return !l.needed[m.rule] })
	for i := range p.metas {
		l.resolve(&p.metas[i])
	}
	for n, g := range p.groups() {
		g.number = n
		if len(g.patterns) > 0 {
			made := pattern.NewGroup(g.patterns)
			made.Cache(cache)
			g.matcher, g.patterns = made, nil
		}
	}
	for i := range p.homes {
		if g := p.homes[i].group; g != nil {
			p.homes[i].number = int32(g.number)
		}
	}
}

func (r *Rule) limit() limit {
	l := limit{max: 1, noSubject: r.Has("nosubject")}
	if r.Has("multiple") && !r.negate && r.pattern != nil { // what functions and metas count is for metas alone
		l.max, l.weigh = maxHits, true
		for _, f := range r.Flags {
			if text, ok := strings.CutPrefix(f, "maxhits="); ok {
				n, _ := strconv.Atoi(text)
				l.max = int32(min(n, maxHits))
			}
		}
	}
	return l
}
