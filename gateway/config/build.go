package config

import (
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"weir/filters"
	"weir/gateway"
	"weir/message/part"
	"weir/rules"
	"weir/rules/problem"
	"weir/scoring"
)

// Name is our own host name: the setting, or the machine's.
func (c *Config) Name() string {
	if c.Hostname != "" {
		return c.Hostname
	}
	if name, err := os.Hostname(); err == nil && hostName.MatchString(name) {
		return name
	}
	return "localhost"
}

// Settings are what the gateway itself needs to know.
func (c *Config) Settings() gateway.Settings {
	h := c.Headers
	s := gateway.Settings{
		Hostname: c.Name(), AuthservID: c.AuthservID, Trusted: c.TrustedNetworks, Budget: c.Budget.D(),
		RefuseOn: c.Early.RefuseOn, Questions: c.Resolver.Questions, Split452: c.Split == "452", Remove: h.Remove,
		Headers: gateway.HeaderNames{ID: h.ID, Flag: h.Flag, Status: h.Status, Score: h.Score, Virus: h.Virus, SubjectPrefix: h.SubjectPrefix, Results: h.Results},
		Limits:  part.Limits{Depth: c.Message.Depth, Parts: c.Message.Parts, HeaderBytes: int(c.Message.HeaderBytes), Decoded: int64(c.Message.Decoded)},
	}
	if s.AuthservID == "" {
		s.AuthservID = s.Hostname
	}
	return s
}

// policies indexes the policies by recipient.
func (c *Config) policies() (*gateway.Policies, error) {
	var rules []gateway.PolicyRule
	for _, name := range sortedKeys(c.Policies) {
		if p := c.Policies[name]; name != DefaultPolicy && name != OutgoingPolicy {
			rules = append(rules, gateway.PolicyRule{Policy: p.Scoring(name, c.Mode), Recipients: p.Recipients})
		}
	}
	def, out := c.Policies[DefaultPolicy].Scoring(DefaultPolicy, c.Mode), c.Policies[OutgoingPolicy].Scoring(OutgoingPolicy, c.Mode)
	return gateway.NewPolicies(def, out, rules)
}

// Scores loads the rules files and makes the score table: the filters' symbols with their default scores, then the
// stock rules, then the admin's files; the last score wins. It is needed also where the ruleset filter is off. offline
// leaves out rules that ask the network. The error lists what is wrong in the files, with file and line.
func (c *Config) Scores(specs []filters.Spec, offline bool) (*rules.Set, *scoring.Table, error) {
	if err := c.checkRules(); err != nil {
		return nil, nil, err
	}
	set, err := rules.Load(rules.Options{Stock: c.StockRules, Paths: c.Rules, Offline: offline, NoBayes: !c.runs("bayes"), SubRules: c.SubRules, Cache: c.cache()})
	if err != nil {
		return nil, nil, err
	}
	table := Symbols(specs)
	c.declare(table, specs)
	if err := set.Fill(table).Err(); err != nil {
		return nil, nil, err
	}
	return set, table, nil
}

// cache is the folder of what may be made anew at any time. It is used only where data_dir is: a scan without one leaves no trace.
func (c *Config) cache() string {
	if info, err := os.Stat(c.DataDir); err != nil || !info.IsDir() {
		return ""
	}
	return filepath.Join(c.DataDir, "cache")
}

// runs tells whether a filter is on.
func (c *Config) runs(name string) bool { return c.Filters[name] != nil && c.Filters[name].Enabled }

// checkRules says where in the config a rules file is named that can't be found.
func (c *Config) checkRules() error {
	var problems Problems
	for i, name := range c.Rules {
		if _, err := os.Stat(name); err != nil {
			path := element("rules", i)
			problems.add(c.doc.place(path), path, "%s; name a .cf file or a folder of them", err)
		}
	}
	return problems.err()
}

// Symbols is a score table with what the filters may report, each one's <NAME>_FAILED too, at their default scores.
func Symbols(specs []filters.Spec) *scoring.Table {
	table := &scoring.Table{}
	for i := range specs {
		from := "filters/" + specs[i].Name
		for _, symbol := range specs[i].Symbols {
			table.Declare(symbol, from, 0)
		}
		declareFailure(table, specs[i].Name, from)
	}
	declareFailure(table, "parser", "message")
	return table
}

func declareFailure(table *scoring.Table, name, from string) {
	table.Declare(scoring.Symbol{Name: gateway.FailedSymbol(name), Text: name + " could not tell: the message was judged without it."}, from, 0)
}

// Snapshot makes everything that judges mail: rules, score table, policies and the enabled filters, in the order of
// specs. Of env, Clock, Resolver, Dialer and Offline are used as given. It is all or nothing: where something is
// wrong, what was made is closed again.
func (c *Config) Snapshot(specs []filters.Spec, env filters.Env) (*gateway.Snapshot, error) {
	set, table, err := c.Scores(specs, env.Offline)
	if err != nil {
		return nil, err
	}
	table.Clock = env.Clock
	if err := c.checkRefusals(table); err != nil {
		return nil, err
	}
	policies, err := c.policies()
	if err != nil {
		return nil, err
	}
	settings := c.Settings()
	if env.Clock == nil {
		env.Clock = time.Now
	}
	settings.Clock, settings.Store, settings.Explain = env.Clock, env.Store, env.Explain
	if settings.Sealing, err = c.sealing(); err != nil {
		return nil, err
	}
	if !env.Offline {
		settings.Resolver = env.Resolver
	}
	env.Hostname, env.Trusted, env.Rules, env.DataDir = settings.Hostname, settings.Trusted, set, c.DataDir
	running, err := c.start(specs, env)
	if err != nil {
		return nil, err
	}
	s, err := gateway.NewSnapshot(settings, running, table, policies)
	if err != nil {
		closeAll(running)
		return nil, err
	}
	return s, nil
}

// sealing reads the key of [seal].
func (c *Config) sealing() (gateway.Sealing, error) {
	signer, err := c.Seal.Signer()
	if err != nil {
		var problems Problems
		problems.add(c.doc.place("seal"), "seal", "%s", err)
		return gateway.Sealing{}, problems.err()
	}
	return gateway.Sealing{Signer: signer, Always: c.Seal.Always}, nil
}

// checkRefusals wants each symbol of early.refuse_on to be one that there is.
func (c *Config) checkRefusals(table *scoring.Table) error {
	var problems Problems
	for i, name := range c.Early.RefuseOn {
		if table.Entry(name) != nil {
			continue
		}
		path, hint := element("early.refuse_on", i), "`weir rules list` shows all"
		if near := problem.Nearest(name, slices.Values(table.Names())); near != "" {
			hint = "did you mean " + near + "?"
		}
		problems.add(c.doc.place(path), path, "no filter and no rule reports %q; %s", name, hint)
	}
	return problems.err()
}

// start makes the enabled filters.
func (c *Config) start(specs []filters.Spec, env filters.Env) (running []gateway.Running, err error) {
	var problems Problems
	for i := range specs {
		spec, f := &specs[i], c.Filters[specs[i].Name]
		if f == nil || !f.Enabled {
			continue
		}
		made, err := spec.New(f.Decode, env)
		if err != nil {
			problems.add(c.doc.place(f.path), f.path, "%s", err)
			continue
		}
		running = append(running, gateway.Running{Spec: spec, Filter: made, Timeout: f.Timeout.D(), OnFailure: f.OnFailure.Mode()})
	}
	if err := problems.err(); err != nil {
		closeAll(running)
		return nil, err
	}
	return running, nil
}

func closeAll(running []gateway.Running) {
	for _, r := range running {
		if c, ok := r.Filter.(io.Closer); ok {
			_ = c.Close()
		}
	}
}
