package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"weir/filters/all"
	"weir/gateway/config"
)

// healthCmd is weir health.
type healthCmd struct {
	Config string `short:"c" type:"path" placeholder:"FILE" help:"Config file; without one the defaults hold."`
}

// Run asks the gateway that runs with this config whether it is ready: for container engines and scripts.
func (c *healthCmd) Run() error {
	cfg, err := config.Load(c.Config, all.Filters)
	if err != nil {
		return err
	}
	if cfg.Metrics.Listen == "" {
		return errors.New("metrics.listen is empty: there is nobody to ask")
	}
	text, ok, err := ready(cfg.Metrics.Listen)
	if err != nil {
		fmt.Println("no answer:", err)
		return exitCode(1)
	}
	fmt.Println(text)
	if !ok {
		return exitCode(1)
	}
	return nil
}

// ready asks at the address of the metrics.
func ready(listen string) (text string, ok bool, err error) {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return "", false, err
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort(host, port)+"/ready", nil)
	if err != nil {
		return "", false, err
	}
	answer, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", false, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, 4096))
	return strings.TrimSpace(string(body)), answer.StatusCode == http.StatusOK, err
}
