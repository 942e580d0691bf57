// Certificates, keys and the administrator's token, kept in the data directory so that clients survive a restart on it.
package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"

	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"
)

type credentials struct {
	directory string
	ca        []byte
	token     string
}

func (c *credentials) path(name string) string { return filepath.Join(c.directory, name) }

func loadCredentials(dataDir string) (*credentials, error) {
	result := &credentials{directory: filepath.Join(dataDir, "credentials")}
	token, err := os.ReadFile(result.path("admin.token"))
	if os.IsNotExist(err) {
		if err = result.create(); err == nil {
			token, err = os.ReadFile(result.path("admin.token"))
		}
	}
	if err != nil {
		return nil, err
	}
	result.token = string(token)
	result.ca, err = os.ReadFile(result.path("ca.crt"))
	return result, err
}

func (c *credentials) create() error {
	if err := os.MkdirAll(c.directory, 0o700); err != nil {
		return err
	}
	secret := make([]byte, 16)
	if _, err := rand.Read(secret); err != nil {
		return err
	}
	token := hex.EncodeToString(secret)
	ca, server, err := certificates()
	if err != nil {
		return err
	}
	serviceAccount, err := newKey()
	if err != nil {
		return err
	}
	files := map[string][]byte{
		"ca.crt": ca, "server.crt": server.certificate, "server.key": server.key, "service-account.key": serviceAccount.pem,
		"tokens.csv": []byte(token + `,admin,admin,"system:masters"` + "\n"),
	}
	for name, content := range files {
		if err := os.WriteFile(c.path(name), content, 0o600); err != nil {
			return err
		}
	}
	// Last, because its presence says that all are there.
	return os.WriteFile(c.path("admin.token"), []byte(token), 0o600)
}

func (c *credentials) writeKubeconfig(server string) (string, error) {
	config := api.NewConfig()
	config.Clusters["test"] = &api.Cluster{Server: server, CertificateAuthorityData: c.ca}
	config.AuthInfos["admin"] = &api.AuthInfo{Token: c.token}
	config.Contexts["test"] = &api.Context{Cluster: "test", AuthInfo: "admin"}
	config.CurrentContext = "test"
	path := filepath.Join(filepath.Dir(c.directory), "kubeconfig")
	return path, clientcmd.WriteToFile(*config, path)
}

type keyPair struct {
	key *ecdsa.PrivateKey
	pem []byte
}

// newKey writes the type `EC PRIVATE KEY`: the API server reads no PKCS#8 for service accounts.
func newKey() (*keyPair, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return nil, err
	}
	return &keyPair{key, pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der})}, nil
}

type serving struct{ certificate, key []byte }

func certificates() ([]byte, *serving, error) {
	from, until := time.Now().Add(-time.Hour), time.Now().AddDate(10, 0, 0)
	authority := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "kubexray-test-ca"}, NotBefore: from, NotAfter: until,
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	server := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "kube-apiserver"}, NotBefore: from, NotAfter: until,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, DNSNames: []string{"localhost", "kubernetes.default.svc"},
	}
	authorityKey, err := newKey()
	if err != nil {
		return nil, nil, err
	}
	serverKey, err := newKey()
	if err != nil {
		return nil, nil, err
	}
	authorityDER, err := x509.CreateCertificate(rand.Reader, authority, authority, &authorityKey.key.PublicKey, authorityKey.key)
	if err != nil {
		return nil, nil, err
	}
	serverDER, err := x509.CreateCertificate(rand.Reader, server, authority, &serverKey.key.PublicKey, authorityKey.key)
	if err != nil {
		return nil, nil, err
	}
	encode := func(der []byte) []byte { return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}) }
	return encode(authorityDER), &serving{encode(serverDER), serverKey.pem}, nil
}
