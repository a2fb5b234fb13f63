// SPDX-FileCopyrightText: certops.vsphere contributors
// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"io/ioutil"
	"math/big"
	"net"
	"os"
	"strconv"
	"time"

	"github.com/vmware/govmomi/simulator"
	_ "github.com/vmware/govmomi/vapi/simulator"
)

type served struct {
	Address  string `json:"address"`
	Port     int    `json:"port"`
	Username string `json:"username"`
	Password string `json:"password"`
	// Its certificate, which is its own CA.
	Certificate string `json:"certificate"`
}

// A vCenter of three hosts in a cluster and one that stands alone.
func serve() {
	model := simulator.VPX()
	defer model.Remove()
	if err := model.Create(); err != nil {
		fail(err)
	}
	// The key of its own certificate has 1024 bits, which OpenSSL refuses.
	model.Service.TLS = &tls.Config{Certificates: []tls.Certificate{ownCertificate()}}
	model.Service.RegisterEndpoints = true
	server := model.Service.NewServer()
	defer server.Close()
	port, err := strconv.Atoi(server.URL.Port())
	if err != nil {
		fail(err)
	}
	password, _ := server.URL.User.Password()
	raw := model.Service.TLS.Certificates[0].Certificate[0]
	certificate := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: raw}))
	show(served{server.URL.Hostname(), port, server.URL.User.Username(), password, certificate})
	_, _ = io.Copy(ioutil.Discard, os.Stdin)
}

func ownCertificate() tls.Certificate {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		fail(err)
	}
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(time.Now().UnixNano()),
		Subject:               pkix.Name{CommonName: "vcsim"},
		NotBefore:             time.Now().Add(-time.Hour),
		NotAfter:              time.Now().Add(24 * time.Hour),
		IPAddresses:           []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	raw, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		fail(err)
	}
	return tls.Certificate{Certificate: [][]byte{raw}, PrivateKey: key}
}
