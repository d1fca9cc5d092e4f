package store

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"

	"weir/filters"
	"weir/filters/setting"
	"weir/gateway/store/redis"
)

// Config is the table [store] of the config file.
type Config struct {
	Redis            []string       `toml:"redis"`             // addresses "host:port" of a Redis, its sentinels, or nodes of its cluster; none: the embedded file
	SentinelMaster   string         `toml:"sentinel_master"`   // the name the sentinels know the master by; redis then lists sentinels
	Cluster          bool           `toml:"cluster"`           // redis lists nodes of a Redis Cluster
	DB               int            `toml:"db"`                // number of the Redis database; not with a cluster
	Username         string         `toml:"username"`          // of a Redis ACL user
	Password         setting.Secret `toml:"password"`          //
	SentinelUsername string         `toml:"sentinel_username"` //
	SentinelPassword setting.Secret `toml:"sentinel_password"` //

	TLS     bool   `toml:"tls"`      // speak TLS to Redis and verify its certificate
	TLSCA   string `toml:"tls_ca"`   // file with the certificate authorities to trust; "": the system's
	TLSCert string `toml:"tls_cert"` // file with our own certificate, where Redis asks for one
	TLSKey  string `toml:"tls_key"`  // file with its key
	TLSName string `toml:"tls_name"` // name to expect in Redis's certificate; "": the host of the address

	Connections int              `toml:"connections"` // to each Redis server, at most
	Budget      setting.Duration `toml:"budget"`      // how long a batch may take before it counts as failed
	Prefix      string           `toml:"prefix"`      // of all keys in Redis

	Path       string         `toml:"path"`        // the embedded file; relative to data_dir
	SecretFile string         `toml:"secret_file"` // file with the site's secret, made when it is missing; relative to data_dir. All gateways of a site need the same
	Secret     setting.Secret `toml:"secret"`      // the secret itself, 16 characters or more, in place of secret_file
	Control    string         `toml:"control"`     // unix socket by which commands reach a running gateway; relative to data_dir; "off": none
	Budgets    map[string]int `toml:"budgets"`     // entries to keep of a family, by its name in `weir state`; another number makes the family begin anew
}

// DefaultConfig is the embedded file.
func DefaultConfig() Config {
	return Config{
		Connections: 16, Budget: setting.Duration(200 * time.Millisecond), Prefix: "weir",
		Path: "state.db", SecretFile: "secret", Control: "control.sock",
	}
}

// Check lists what is wrong with the config, each with its key.
func (c *Config) Check() error {
	var problems []error
	wrong := func(is bool, format string, args ...any) {
		if is {
			problems = append(problems, fmt.Errorf("store."+format, args...))
		}
	}
	wrong(c.Cluster && c.SentinelMaster != "", "cluster and store.sentinel_master exclude each other: a cluster fails over by itself")
	wrong(len(c.Redis) == 0 && (c.Cluster || c.SentinelMaster != ""), "redis is empty: list the addresses of the nodes or sentinels")
	wrong(len(c.Redis) > 1 && !c.Cluster && c.SentinelMaster == "", "redis has %d addresses: set store.cluster or store.sentinel_master, or list one", len(c.Redis))
	wrong(c.Cluster && c.DB != 0, "db must be 0 with a cluster")
	wrong(c.DB < 0, "db is negative")
	wrong(c.Connections < 1 || c.Connections > 1000, "connections must be from 1 to 1000")
	wrong(c.Budget.D() < time.Millisecond || c.Budget.D() > 10*time.Second, "budget must be from 1ms to 10s")
	wrong(!goodPrefix(c.Prefix), "prefix %q must be 1 to 32 letters, digits, \"-\" and \"_\"", c.Prefix)
	wrong(len(c.Redis) == 0 && c.Path == "", "path is empty: name the file, or set store.redis")
	wrong(c.Secret == "" && c.SecretFile == "", "secret_file is empty: name the file, or set store.secret")
	wrong(c.Secret != "" && len(c.Secret) < 16, "secret has less than 16 characters")
	wrong((c.TLSCert == "") != (c.TLSKey == ""), "tls_cert and store.tls_key belong together")
	wrong(!c.TLS && (c.TLSCA != "" || c.TLSCert != "" || c.TLSName != ""), "tls is false, but other tls_ settings are there")
	for i, address := range c.Redis {
		_, port, err := net.SplitHostPort(address)
		wrong(err != nil || port == "", "redis[%d]: %q has no port: write it like 10.0.0.5:6379", i, address)
	}
	for family, n := range c.Budgets {
		wrong(n < 1 || n > filters.MaxBudget, "budgets.%s must be from 1 to %d", family, filters.MaxBudget)
	}
	return errors.Join(problems...)
}

func goodPrefix(s string) bool {
	for _, c := range []byte(s) {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' && c != '_' {
			return false
		}
	}
	return len(s) > 0 && len(s) <= 32
}

// in gives a file of the config: a relative one is in the data folder.
func in(dataDir, file string) string {
	if filepath.IsAbs(file) {
		return file
	}
	return filepath.Join(dataDir, file)
}

// ControlPath gives the path of the control socket; "": there is none.
func (c *Config) ControlPath(dataDir string) string {
	if c.Control == "" || c.Control == "off" {
		return ""
	}
	return in(dataDir, c.Control)
}

func (c *Config) server() (redis.Server, error) {
	t, err := c.tls()
	return redis.Server{
		Addresses: c.Redis, Master: c.SentinelMaster, Cluster: c.Cluster, DB: c.DB,
		Username: c.Username, Password: c.Password.Reveal(), SentinelUsername: c.SentinelUsername, SentinelPassword: c.SentinelPassword.Reveal(),
		TLS: t, Connections: c.Connections, Budget: c.Budget.D(),
	}, err
}

func (c *Config) tls() (*tls.Config, error) {
	if !c.TLS {
		return nil, nil
	}
	t := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: c.TLSName}
	if c.TLSCA != "" {
		pem, err := os.ReadFile(c.TLSCA)
		if err != nil {
			return nil, fmt.Errorf("store.tls_ca: %w", err)
		}
		t.RootCAs = x509.NewCertPool()
		if !t.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("store.tls_ca: %s holds no certificate in PEM form", c.TLSCA)
		}
	}
	if c.TLSCert != "" {
		pair, err := tls.LoadX509KeyPair(c.TLSCert, c.TLSKey)
		if err != nil {
			return nil, fmt.Errorf("store.tls_cert: %w", err)
		}
		t.Certificates = []tls.Certificate{pair}
	}
	return t, nil
}

// File gives the path of the embedded file.
func (c *Config) File(dataDir string) string { return in(dataDir, c.Path) }
