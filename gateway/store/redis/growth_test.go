package redis

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"weir/gateway/store/backend"
	"weir/gateway/store/redistest"
	"weir/gateway/store/storetest"
)

func usedMemory(srv *redistest.Server) storetest.Bytes {
	return func(backend.Backend) int64 {
		lines := bufio.NewScanner(strings.NewReader(srv.Do("info", "memory").(string)))
		for lines.Scan() {
			if text, ok := strings.CutPrefix(lines.Text(), "used_memory_dataset:"); ok {
				n, _ := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
				return n
			}
		}
		return 0
	}
}

func floodOfUniqueTriplets(t *testing.T) {
	srv, m := redistest.Start(t), storetest.NewMachine(storetest.Start)
	storetest.Flood(t, open(t, Server{Addresses: []string{srv.Addr}}, m.Clock()), m, storetest.Triplets(t, 250_000), usedMemory(srv))
}

func thirtyDays(t *testing.T) {
	srv, m := redistest.Start(t), storetest.NewMachine(storetest.Start)
	storetest.Month(t, open(t, Server{Addresses: []string{srv.Addr}}, m.Clock()), m, 1000, usedMemory(srv))
	for _, k := range srv.Do("keys", "*").([]any) {
		key := k.(string)
		bounded := strings.HasPrefix(key, "weir:t:{model}:") && len(key) == len("weir:t:{model}:")+1 || key == "weir:check" || key == "weir:families"
		if srv.Do("ttl", key).(int64) < 0 && !bounded {
			t.Errorf("%s has no TTL", key)
		}
	}
}

func TestForeignKeysAndKeysWithoutATTLAreFound(t *testing.T) {
	srv := redistest.Start(t)
	s := open(t, Server{Addresses: []string{srv.Addr}}, nil)
	if _, err := see(s, 1); err != nil {
		t.Fatal(err)
	}
	srv.Do("set", "weir:x", "1")
	for _, k := range srv.Do("keys", "weir:e:*").([]any) {
		srv.Do("persist", k)
	}
	stats, err := s.Stats(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	problems := 0
	for _, st := range stats {
		if st.Problem != "" {
			problems++
		}
	}
	if problems != 2 {
		t.Errorf("%d problems, want two: %+v", problems, stats)
	}
}

// The rights docs/state.md names are enough, over TLS, and less is an error.
func TestTLSAndAnACLUser(t *testing.T) {
	ca, cert, keyFile := certificate(t)
	plain := redistest.Start(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, tlsPort, _ := net.SplitHostPort(l.Addr().String())
	l.Close()
	plain.Do("config", "set", "tls-cert-file", cert, "tls-key-file", keyFile, "tls-ca-cert-file", ca, "tls-auth-clients", "no", "tls-port", tlsPort)
	args := []any{"acl", "setuser", "weir", "on", ">a long password"}
	for _, right := range strings.Fields(aclRights(t)) {
		args = append(args, right)
	}
	plain.Do(args...)
	pool := x509.NewCertPool()
	text, _ := os.ReadFile(ca)
	pool.AppendCertsFromPEM(text)
	server := Server{Addresses: []string{"127.0.0.1:" + tlsPort}, Username: "weir", Password: "a long password", TLS: &tls.Config{RootCAs: pool}}
	storetest.Suite(t, func(t *testing.T, m *storetest.Machine) backend.Backend {
		plain.Do("flushall")
		return open(t, server, m.Clock())
	})
	wrong := server
	wrong.Password = "another"
	r, err := see(open(t, wrong, nil), 1)
	down(t, r, err)
	wrong = server
	wrong.TLS = &tls.Config{}
	r, err = see(open(t, wrong, nil), 1)
	down(t, r, err)
}

// aclRights reads the rights from the documentation.
func aclRights(t *testing.T) string {
	text, err := os.ReadFile("../../../docs/state.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(string(text), "\n") {
		if rest, ok := strings.CutPrefix(strings.TrimSpace(line), "ACL SETUSER weir on >PASSWORD "); ok {
			return rest
		}
	}
	t.Fatal("docs/state.md has no ACL line")
	return ""
}

// certificate makes one for 127.0.0.1, signed by itself.
func certificate(t *testing.T) (ca, cert, keyFile string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "redis"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalECPrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	cert, keyFile = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for name, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der}, keyFile: {Type: "EC PRIVATE KEY", Bytes: keyDER}} {
		if err := os.WriteFile(name, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return cert, cert, keyFile
}

func BenchmarkStore(b *testing.B) {
	srv := redistest.Start(b)
	s := open(b, Server{Addresses: []string{srv.Addr}}, nil)
	storetest.Benchmarks(b, s)
}
