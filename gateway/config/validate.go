package config

import (
	"fmt"
	"net"
	"net/netip"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"weir/gateway/relay"
)

// validate checks what the types can't: values that fit, but make no sense alone or together.
func (c *Config) validate(b *binder) {
	c.defaultHop(b.document)
	c.defaultQuarantine(b.document)
	c.checkNames(b)
	c.checkTimes(b)
	c.checkPolicies(b)
	c.checkMetrics(b)
	c.checkListen(b)
	blame(b, c.SMTP.Validate())
	blame(b, c.HTTP.Check())
	blame(b, c.Milter.Check())
	blame(b, c.Spamd.Check())
	blame(b, c.Quarantine.Check())
	blame(b, c.Store.Check())
	c.checkReports(b)
	c.checkSeal(b)
	blame(b, c.Resolver.Check())
	blame(b, relay.Config{Hops: c.NextHops}.Check())
	c.checkLoops(b)
}

// checkReports looks at [dmarc_report]. Reports of what nobody notes would be empty for ever.
func (c *Config) checkReports(b *binder) {
	blame(b, c.DMARCReport.Check(c.NextHops))
	if f := c.Filters["dmarc"]; c.DMARCReport.Daily && f != nil && (!f.Enabled || f.own["reports"] != true) {
		b.add("dmarc_report.daily", "needs reports = true in [filters.dmarc], which notes what reports are made of")
	}
}

// defaultHop puts the embedded Maildir below data_dir, unless the file names a next hop.
func (c *Config) defaultHop(doc *document) {
	if _, written := doc.values["next_hop"]; !written {
		c.NextHops[0].Address = []string{filepath.Join(c.DataDir, "Maildir")}
	}
	for i := range c.NextHops {
		c.NextHops[i] = c.NextHops[i].WithDefaults()
	}
}

// defaultQuarantine puts the quarantine below data_dir, unless the file says where it is.
func (c *Config) defaultQuarantine(doc *document) {
	table, _ := doc.values["quarantine"].(map[string]any)
	if _, written := table["dir"]; !written {
		c.Quarantine.Dir = filepath.Join(c.DataDir, "quarantine")
	}
}

var (
	hostName  = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9-]{0,62}\.?)*$`)
	fieldName = regexp.MustCompile(`^[!-9;-~]{1,70}$`) // RFC 5322 section 2.2: printable ASCII, no colon
	listName  = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)
)

func (c *Config) checkNames(b *binder) {
	for key, name := range map[string]string{"hostname": c.Hostname, "authserv_id": c.AuthservID} {
		if name != "" && (len(name) > 255 || !hostName.MatchString(name)) {
			b.add(key, `%q is no host name: write it like "mx1.example.com"`, name)
		}
	}
	if c.DataDir == "" {
		b.add("data_dir", "must name a folder, like \"weir-data\"")
	}
	h := c.Headers
	for key, name := range map[string]string{"id": h.ID, "flag": h.Flag, "status": h.Status, "score": h.Score, "virus": h.Virus} {
		if name != "" && (!fieldName.MatchString(name) || strings.Contains(name, "*")) {
			b.add("headers."+key, `%q is no name of a header field: write it like "X-Spam-Status"`, name)
		}
	}
	for i, p := range h.Remove {
		if stem := strings.TrimSuffix(p, "*"); !fieldName.MatchString(stem) || strings.Contains(stem, "*") {
			b.add(element("headers.remove", i), `%q is no header field: write it like "X-Spam-*" or "Received-SPF"`, p)
		}
	}
	if strings.ContainsFunc(h.SubjectPrefix, func(r rune) bool { return r < ' ' || r == 0x7f }) || len(h.SubjectPrefix) > 100 {
		b.add("headers.subject_prefix", "at most 100 bytes, and no control characters")
	}
}

// checkSeal wants the filter arc where mail is sealed: a seal says what it found.
func (c *Config) checkSeal(b *binder) {
	blame(b, c.Seal.Check())
	if f := c.Filters["arc"]; c.Seal.On() && (f == nil || !f.Enabled) {
		b.add("seal.domain", "the filter arc is off, and nothing can be sealed without it: set filters.arc.enabled = true")
	}
}

// checkTimes refuses a filter that may take longer than the whole message: it would never be seen to fail.
func (c *Config) checkTimes(b *binder) {
	if c.Budget <= 0 {
		b.add("budget", "must be longer than 0, like \"60s\"")
	}
	for _, name := range sortedKeys(c.Filters) {
		switch f := c.Filters[name]; {
		case f.Timeout <= 0:
			b.add(f.path+".timeout", "must be longer than 0, like \"5s\"")
		case f.Enabled && f.Timeout > c.Budget:
			b.add(f.path+".timeout", "%s is longer than the budget of a whole message, %s: lower it, or raise budget", f.Timeout.D(), c.Budget.D())
		}
	}
	c.checkWaits(b)
	for key, n := range map[string]int64{"depth": int64(c.Message.Depth), "parts": int64(c.Message.Parts),
		"header_size": int64(c.Message.HeaderBytes), "decoded_size": int64(c.Message.Decoded)} {
		if n <= 0 {
			b.add("message."+key, "must be more than 0: without a bound one mail could use up the machine")
		}
	}
}

func (c *Config) checkPolicies(b *binder) {
	for _, name := range sortedKeys(c.Policies) {
		path, p := join("policies", name), c.Policies[name]
		if !listName.MatchString(name) {
			b.add(path, "a policy's name has letters, digits, _ and - only, at most 64")
		}
		if builtIn := name == DefaultPolicy || name == OutgoingPolicy; builtIn && len(p.Recipients) > 0 {
			b.add(path+".recipients", "the policy %s is not chosen by recipient: remove this, or give the policy another name", name)
		} else if !builtIn && len(p.Recipients) == 0 {
			b.add(path, "has no recipients, so it would never be used: add recipients = [\"@example.com\"]")
		}
		for _, f := range fieldsOf(reflect.ValueOf(p)) {
			if f.value.CanFloat() && f.value.Float() < 0 {
				b.add(join(path, f.key), "a threshold is not below 0; 0 switches it off")
			}
		}
	}
	if _, err := c.policies(); err != nil && len(b.problems) == 0 {
		b.add("policies", "%s", err)
	}
}

func (c *Config) checkMetrics(b *binder) {
	if c.Metrics.Listen == "" {
		return
	}
	host, port, err := net.SplitHostPort(c.Metrics.Listen)
	if n, perr := strconv.ParseUint(port, 10, 16); err != nil || perr != nil || n == 0 && port != "0" {
		b.add("metrics.listen", `%q is no address: write it like "127.0.0.1:2580", or "" for none`, c.Metrics.Listen)
		return
	}
	if c.Metrics.PProf && !loopback(host) {
		b.add("metrics.pprof", "profiles show what is in memory, so they are served on a loopback address only: set metrics.listen = \"127.0.0.1:%s\", or pprof = false", port)
	}
}

func loopback(host string) bool {
	a, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && a.IsLoopback()
}

var (
	hopMistake = regexp.MustCompile(`^next_hop (\d+): ([a-z_]+(?:\.[a-z_]+)?): `)
	keyMistake = regexp.MustCompile(`^([a-z_]+(?:\.[a-z_]+)*)(:| = )`)
)

// blame turns the errors of other packages' checks into problems at their keys. Those checks begin their texts with
// the key: "smtp.max_size …", "next_hop 1: address: …".
func blame(b *binder, err error) {
	if err == nil {
		return
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range joined.Unwrap() {
			blame(b, e)
		}
		return
	}
	text, path := err.Error(), ""
	if m := hopMistake.FindStringSubmatch(text); m != nil {
		n, _ := strconv.Atoi(m[1])
		text, path = text[len(m[0]):], join(element("next_hop", n-1), m[2])
	} else if m := keyMistake.FindStringSubmatch(text); m != nil {
		text, path = text[len(m[0]):], m[1]
	} else if word, rest, ok := strings.Cut(text, " "); ok && strings.Contains(word, ".") {
		text, path = rest, strings.TrimSuffix(word, ":")
	}
	b.add(path, "%s", strings.TrimSpace(text))
}

// knownElsewhere lists every key there is, with the tables it is in.
var knownElsewhere = func() map[string][]string {
	all := map[string][]string{}
	var walk func(path string, v reflect.Value)
	walk = func(path string, v reflect.Value) {
		for _, f := range fieldsOf(v) {
			if f.value.Kind() == reflect.Struct && !isText(f.value.Type()) {
				walk(join(path, f.key), f.value)
				continue
			}
			where := "at the top of the file, before any [table]"
			if path != "" {
				where = "in [" + path + "]"
			}
			all[f.key] = append(all[f.key], where)
		}
	}
	walk("", reflect.ValueOf(Default()).Elem())
	walk("[next_hop]", reflect.ValueOf(relay.DefaultHop()))
	walk("policies.<name>", reflect.ValueOf(Policy{}))
	walk("filters.<name>", reflect.ValueOf(Filter{}))
	return all
}()

// whereKnown says where a key would be right that is wrong here; "" nowhere, or in too many places.
func whereKnown(key string) string {
	where := knownElsewhere[key]
	if len(where) == 0 || len(where) > 5 {
		return ""
	}
	return fmt.Sprintf("%s %s", key, strings.Join(slices.Compact(where), " or "))
}
