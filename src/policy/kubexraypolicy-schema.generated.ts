// Generated from crds/kubexraypolicies.yaml by `npm run generate`; do not edit.
/** The CRD's OpenAPI schema of KubeXrayPolicy v1alpha1. */
export const kubexraypolicySchema = {
  "type": "object",
  "title": "KubeXrayPolicy",
  "description": "Rules about running workloads and the images that they run, and what to do when one is broken.",
  "required": [
    "spec"
  ],
  "properties": {
    "apiVersion": {
      "type": "string"
    },
    "kind": {
      "type": "string"
    },
    "metadata": {
      "type": "object"
    },
    "spec": {
      "type": "object",
      "title": "KubeXrayPolicySpec",
      "description": "What is judged and what is done.",
      "required": [
        "rules"
      ],
      "x-kubernetes-validations": [
        {
          "rule": "!has(self.exceptions) || self.exceptions.all(exception, !has(exception.rules) || self.rules.filter(rule, rule.name in exception.rules).size() == exception.rules.size())",
          "message": "every name in the rules of an exception must be that of a rule of this policy"
        }
      ],
      "properties": {
        "mode": {
          "type": "string",
          "enum": [
            "DryRun",
            "Enforce"
          ],
          "default": "DryRun",
          "description": "DryRun (the default) judges and reports what would be done; Enforce also does it."
        },
        "match": {
          "type": "object",
          "title": "Match",
          "description": "Which workloads the policy is about. Every part that is given must hold; without any part it is about every workload. In patterns `*` stands for any run of characters; nothing else is special, and the whole text must match.",
          "properties": {
            "namespaces": {
              "type": "array",
              "minItems": 1,
              "maxItems": 200,
              "items": {
                "type": "string",
                "minLength": 1,
                "maxLength": 253
              },
              "description": "Patterns of namespaces; one of them must match."
            },
            "excludeNamespaces": {
              "type": "array",
              "maxItems": 200,
              "items": {
                "type": "string",
                "minLength": 1,
                "maxLength": 253
              },
              "description": "Patterns of namespaces; none of them may match."
            },
            "namespaceSelector": {
              "type": "object",
              "title": "LabelSelector",
              "description": "Labels of the namespace that must match.",
              "properties": {
                "matchLabels": {
                  "type": "object",
                  "maxProperties": 50,
                  "additionalProperties": {
                    "type": "string",
                    "maxLength": 63
                  },
                  "description": "Labels with exactly these values."
                },
                "matchExpressions": {
                  "type": "array",
                  "maxItems": 50,
                  "description": "Requirements on labels; all must hold.",
                  "items": {
                    "type": "object",
                    "title": "LabelRequirement",
                    "required": [
                      "key",
                      "operator"
                    ],
                    "properties": {
                      "key": {
                        "type": "string",
                        "minLength": 1,
                        "maxLength": 317,
                        "description": "Key of the label."
                      },
                      "operator": {
                        "type": "string",
                        "enum": [
                          "In",
                          "NotIn",
                          "Exists",
                          "DoesNotExist"
                        ],
                        "description": "NotIn and DoesNotExist also hold where there is no such label."
                      },
                      "values": {
                        "type": "array",
                        "maxItems": 100,
                        "items": {
                          "type": "string",
                          "maxLength": 63
                        },
                        "description": "Values of the label, for In and NotIn."
                      }
                    },
                    "x-kubernetes-validations": [
                      {
                        "rule": "self.operator in ['In', 'NotIn'] ? has(self.values) && size(self.values) > 0 : !has(self.values) || size(self.values) == 0",
                        "message": "In and NotIn need values; Exists and DoesNotExist take none"
                      }
                    ]
                  }
                }
              }
            },
            "workloadSelector": {
              "type": "object",
              "title": "LabelSelector",
              "description": "Labels of the workload itself (not of its pods) that must match.",
              "properties": {
                "matchLabels": {
                  "type": "object",
                  "maxProperties": 50,
                  "additionalProperties": {
                    "type": "string",
                    "maxLength": 63
                  },
                  "description": "Labels with exactly these values."
                },
                "matchExpressions": {
                  "type": "array",
                  "maxItems": 50,
                  "description": "Requirements on labels; all must hold.",
                  "items": {
                    "type": "object",
                    "title": "LabelRequirement",
                    "required": [
                      "key",
                      "operator"
                    ],
                    "properties": {
                      "key": {
                        "type": "string",
                        "minLength": 1,
                        "maxLength": 317,
                        "description": "Key of the label."
                      },
                      "operator": {
                        "type": "string",
                        "enum": [
                          "In",
                          "NotIn",
                          "Exists",
                          "DoesNotExist"
                        ],
                        "description": "NotIn and DoesNotExist also hold where there is no such label."
                      },
                      "values": {
                        "type": "array",
                        "maxItems": 100,
                        "items": {
                          "type": "string",
                          "maxLength": 63
                        },
                        "description": "Values of the label, for In and NotIn."
                      }
                    },
                    "x-kubernetes-validations": [
                      {
                        "rule": "self.operator in ['In', 'NotIn'] ? has(self.values) && size(self.values) > 0 : !has(self.values) || size(self.values) == 0",
                        "message": "In and NotIn need values; Exists and DoesNotExist take none"
                      }
                    ]
                  }
                }
              }
            },
            "kinds": {
              "type": "array",
              "minItems": 1,
              "maxItems": 50,
              "items": {
                "type": "string",
                "pattern": "^[A-Z][A-Za-z0-9]*$",
                "maxLength": 63
              },
              "description": "Kinds of workload: Deployment, StatefulSet, DaemonSet, ReplicaSet, Job, CronJob, Pod, or the name of another kind that owns pods."
            },
            "images": {
              "type": "array",
              "minItems": 1,
              "maxItems": 200,
              "items": {
                "type": "string",
                "minLength": 1,
                "maxLength": 512
              },
              "description": "Patterns of image references as pods give them; the workload must run at least one image that matches."
            }
          }
        },
        "facts": {
          "type": "object",
          "title": "FactsSpec",
          "description": "How old answers of Xray may be to decide on, and of which of its watches the rules see the violations.",
          "default": {},
          "properties": {
            "maxAge": {
              "type": "string",
              "pattern": "^([0-9]+(ms|s|m|h))+$",
              "maxLength": 32,
              "default": "24h",
              "description": "How old an answer of Xray may be and still decide, such as 1h30m; 24h by default, at least 2s. Facts are asked again at half of it; an older one leaves the verdict undecided, which starts no action and ends none.",
              "x-kubernetes-validations": [
                {
                  "rule": "duration(self) >= duration('2s')",
                  "message": "must be at least 2s"
                }
              ]
            },
            "watches": {
              "type": "array",
              "maxItems": 20,
              "x-kubernetes-list-type": "set",
              "items": {
                "type": "string",
                "minLength": 1,
                "maxLength": 253
              },
              "description": "Names of watches of Xray whose violations the rules may use: rules of this policy find theirs, and no others, in `images[].violations`. Until Xray has told all of them, and while its last whole answer is older than maxAge, inline rules and library rules that are told to read violations are undecided."
            }
          }
        },
        "rules": {
          "type": "array",
          "minItems": 1,
          "maxItems": 50,
          "x-kubernetes-list-type": "map",
          "x-kubernetes-list-map-keys": [
            "name"
          ],
          "description": "Each rule is judged on its own; the strongest action of all rules that are broken is taken, and all are reported.",
          "items": {
            "type": "object",
            "title": "Rule",
            "required": [
              "name"
            ],
            "properties": {
              "name": {
                "type": "string",
                "pattern": "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$",
                "maxLength": 63,
                "description": "Name of the rule within this policy, shown wherever it is reported."
              },
              "use": {
                "type": "string",
                "minLength": 1,
                "maxLength": 63,
                "description": "Name of a library rule (unscanned, security, license). Give either use or rego."
              },
              "rego": {
                "type": "string",
                "minLength": 1,
                "maxLength": 65536,
                "description": "The rule in Rego v1, with a partial set `violation` of objects that have `msg` and, where it is about one image, `image`. Give either use or rego."
              },
              "parameters": {
                "type": "object",
                "x-kubernetes-preserve-unknown-fields": true,
                "maxProperties": 100,
                "description": "What the rule reads as input.parameters. Those of a library rule are checked against its schema (condition Compiled)."
              },
              "actions": {
                "type": "object",
                "title": "Actions",
                "description": "What to do with a workload that breaks the rule, by its kind. ScaleDown sets the replicas to zero and brings them back when the rule holds again; Delete deletes the workload; Ignore only reports.",
                "properties": {
                  "deployments": {
                    "type": "string",
                    "enum": [
                      "Ignore",
                      "ScaleDown",
                      "Delete"
                    ],
                    "description": "For Deployments; if absent, `default`."
                  },
                  "statefulSets": {
                    "type": "string",
                    "enum": [
                      "Ignore",
                      "ScaleDown",
                      "Delete"
                    ],
                    "description": "For StatefulSets; if absent, `default`."
                  },
                  "default": {
                    "type": "string",
                    "enum": [
                      "Ignore",
                      "ScaleDown",
                      "Delete"
                    ],
                    "description": "For every kind without a key of its own; if absent, Ignore. Workloads of kinds other than Deployment and StatefulSet are reported as held (Unsupported)."
                  }
                }
              }
            },
            "x-kubernetes-validations": [
              {
                "rule": "has(self.use) != has(self.rego)",
                "message": "give exactly one of use and rego"
              }
            ]
          }
        },
        "exceptions": {
          "type": "array",
          "maxItems": 200,
          "x-kubernetes-list-type": "map",
          "x-kubernetes-list-map-keys": [
            "name"
          ],
          "description": "What is excused for a while. The rules are evaluated all the same; a violation that an exception covers is reported as Excepted, asks for no action, and gives back what was scaled down for it alone. When the exception ends, the violation counts again.",
          "items": {
            "type": "object",
            "title": "PolicyException",
            "required": [
              "name",
              "reason",
              "until",
              "match"
            ],
            "properties": {
              "name": {
                "type": "string",
                "pattern": "^[A-Za-z0-9]([-A-Za-z0-9._]*[A-Za-z0-9])?$",
                "maxLength": 63,
                "description": "Name of the exception within this policy, such as the number of a ticket; shown wherever it applies."
              },
              "reason": {
                "type": "string",
                "minLength": 1,
                "maxLength": 1024,
                "description": "Why this is excused, for the people who read reports."
              },
              "until": {
                "type": "string",
                "format": "date-time",
                "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})$",
                "maxLength": 64,
                "description": "When the exception ends, such as \"2026-12-31T00:00:00Z\". From that moment on it excuses nothing."
              },
              "match": {
                "type": "object",
                "title": "ExceptionMatch",
                "description": "What the exception is about. At least one part must have an entry, and every part that has one must match; an empty list is as if it were not given. In patterns `*` stands for any run of characters; nothing else is special, and the whole text must match.",
                "properties": {
                  "namespaces": {
                    "type": "array",
                    "maxItems": 200,
                    "items": {
                      "type": "string",
                      "minLength": 1,
                      "maxLength": 253
                    },
                    "description": "Patterns of namespaces; that of the workload must match one."
                  },
                  "workloads": {
                    "type": "array",
                    "maxItems": 200,
                    "items": {
                      "type": "string",
                      "minLength": 1,
                      "maxLength": 317,
                      "pattern": "^[A-Z][A-Za-z0-9]*/[^/]+$"
                    },
                    "description": "Kind/name, such as Deployment/web, or with a pattern in the place of the name, such as Deployment/billing-*; the workload must match one. Without namespaces this is about workloads of that name in every namespace."
                  },
                  "images": {
                    "type": "array",
                    "maxItems": 200,
                    "items": {
                      "type": "string",
                      "minLength": 1,
                      "maxLength": 512
                    },
                    "description": "Patterns of image references as pods give them; every image that a violation is about must match one. A violation that names no image is then not excused."
                  }
                },
                "x-kubernetes-validations": [
                  {
                    "rule": "(has(self.namespaces) && size(self.namespaces) > 0) || (has(self.workloads) && size(self.workloads) > 0) || (has(self.images) && size(self.images) > 0)",
                    "message": "give namespaces, workloads or images; without any of them the exception would excuse everything"
                  }
                ]
              },
              "rules": {
                "type": "array",
                "minItems": 1,
                "maxItems": 50,
                "x-kubernetes-list-type": "set",
                "items": {
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 63
                },
                "description": "Names of rules of this policy whose violations are excused; if absent, those of every rule."
              },
              "cves": {
                "type": "array",
                "minItems": 1,
                "maxItems": 200,
                "items": {
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 64
                },
                "description": "Patterns of CVE ids. A violation is excused only if it names an issue of which every CVE is covered; an issue of which no CVE is known is not. Without cves and licenses the whole rule is excused."
              },
              "licenses": {
                "type": "array",
                "minItems": 1,
                "maxItems": 200,
                "items": {
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 256
                },
                "description": "Patterns of licenses, whatever their case. A violation is excused only if it names a license that matches. Give cves or licenses, not both."
              }
            },
            "x-kubernetes-validations": [
              {
                "rule": "!(has(self.cves) && has(self.licenses))",
                "message": "give cves or licenses, not both; two exceptions can say both"
              }
            ]
          }
        }
      }
    },
    "status": {
      "type": "object",
      "title": "KubeXrayPolicyStatus",
      "description": "What was seen. Written by the controller.",
      "properties": {
        "observedGeneration": {
          "type": "integer",
          "format": "int64",
          "description": "Generation of the policy that this status is about."
        },
        "observedMode": {
          "type": "string",
          "enum": [
            "DryRun",
            "Enforce"
          ],
          "description": "Mode that was in force."
        },
        "conditions": {
          "type": "array",
          "x-kubernetes-list-type": "map",
          "x-kubernetes-list-map-keys": [
            "type"
          ],
          "description": "Compiled (every rule of this generation is in force), FactsFresh (no image of a matched workload and no watch of the policy is unavailable or older than maxAge), Enforcing (mode is Enforce and the rules are in force), Ready (compiled, and every matched workload judged once for this generation).",
          "items": {
            "type": "object",
            "title": "Condition",
            "required": [
              "type",
              "status",
              "lastTransitionTime",
              "reason",
              "message"
            ],
            "properties": {
              "type": {
                "type": "string",
                "maxLength": 316,
                "description": "Name of the condition."
              },
              "status": {
                "type": "string",
                "enum": [
                  "True",
                  "False",
                  "Unknown"
                ],
                "description": "Whether it holds."
              },
              "observedGeneration": {
                "type": "integer",
                "format": "int64",
                "minimum": 0,
                "description": "Generation of the policy that the condition is about."
              },
              "lastTransitionTime": {
                "type": "string",
                "format": "date-time",
                "description": "When its status last changed."
              },
              "reason": {
                "type": "string",
                "maxLength": 1024,
                "description": "Why, in one word for programs."
              },
              "message": {
                "type": "string",
                "maxLength": 32768,
                "description": "Why, for people."
              }
            }
          }
        },
        "rulesInForce": {
          "type": "string",
          "maxLength": 16,
          "description": "How many rules are compiled and run, of how many: 2/3."
        },
        "rules": {
          "type": "array",
          "maxItems": 50,
          "x-kubernetes-list-type": "map",
          "x-kubernetes-list-map-keys": [
            "name"
          ],
          "description": "Each rule, with the actions that are in force for it.",
          "items": {
            "type": "object",
            "title": "RuleStatus",
            "required": [
              "name",
              "sha256",
              "actions",
              "violating",
              "undecided"
            ],
            "properties": {
              "name": {
                "type": "string",
                "description": "Name of the rule."
              },
              "sha256": {
                "type": "string",
                "description": "Identifies the text, library and parameters of the rule that is in force."
              },
              "actions": {
                "type": "object",
                "title": "EffectiveActions",
                "description": "What is done with a workload that breaks the rule, with the defaults filled in.",
                "required": [
                  "deployments",
                  "statefulSets",
                  "default"
                ],
                "properties": {
                  "deployments": {
                    "type": "string",
                    "enum": [
                      "Ignore",
                      "ScaleDown",
                      "Delete"
                    ],
                    "description": "For Deployments."
                  },
                  "statefulSets": {
                    "type": "string",
                    "enum": [
                      "Ignore",
                      "ScaleDown",
                      "Delete"
                    ],
                    "description": "For StatefulSets."
                  },
                  "default": {
                    "type": "string",
                    "enum": [
                      "Ignore",
                      "ScaleDown",
                      "Delete"
                    ],
                    "description": "For every other kind."
                  }
                }
              },
              "violating": {
                "type": "integer",
                "description": "Workloads that break the rule."
              },
              "undecided": {
                "type": "integer",
                "description": "Workloads of which the rule cannot tell."
              },
              "undecidedReasons": {
                "type": "array",
                "maxItems": 3,
                "items": {
                  "type": "string",
                  "maxLength": 512
                },
                "description": "The most frequent reasons why the rule cannot tell."
              }
            }
          }
        },
        "totals": {
          "type": "object",
          "title": "Totals",
          "description": "Workloads that match the policy, each counted once per number.",
          "required": [
            "evaluated",
            "violating",
            "undecided",
            "acted",
            "held",
            "contested"
          ],
          "properties": {
            "evaluated": {
              "type": "integer",
              "description": "Workloads that were judged."
            },
            "violating": {
              "type": "integer",
              "description": "Workloads that break at least one rule."
            },
            "undecided": {
              "type": "integer",
              "description": "Workloads of which at least one rule cannot tell."
            },
            "excepted": {
              "type": "integer",
              "description": "Workloads of which an exception excuses at least one violation."
            },
            "acted": {
              "type": "integer",
              "description": "Workloads seen at zero because of this policy, and those deleted in the last 24 hours."
            },
            "held": {
              "type": "integer",
              "description": "Workloads that would be acted on but are held back."
            },
            "contested": {
              "type": "integer",
              "description": "Workloads that were scaled up again so often that the controller leaves them alone."
            }
          }
        },
        "violations": {
          "type": "array",
          "maxItems": 100,
          "description": "One row per workload, rule and image, in a stable order. Where there are more than can be shown, what is excepted gives way.",
          "items": {
            "type": "object",
            "title": "ViolationStatus",
            "required": [
              "workload",
              "rule",
              "message",
              "since",
              "action",
              "outcome"
            ],
            "properties": {
              "workload": {
                "type": "object",
                "title": "ViolationWorkload",
                "description": "The workload that breaks the rule.",
                "required": [
                  "kind",
                  "namespace",
                  "name",
                  "uid"
                ],
                "properties": {
                  "kind": {
                    "type": "string",
                    "description": "Kind of the workload."
                  },
                  "namespace": {
                    "type": "string",
                    "description": "Namespace of the workload."
                  },
                  "name": {
                    "type": "string",
                    "description": "Name of the workload."
                  },
                  "uid": {
                    "type": "string",
                    "description": "Tells it from an earlier workload of the same name."
                  }
                }
              },
              "rule": {
                "type": "string",
                "description": "Name of the rule."
              },
              "image": {
                "type": "string",
                "description": "Reference of the image as the pod gives it; absent when the finding is about the workload."
              },
              "digest": {
                "type": "string",
                "description": "Digest of the image; absent when it is not known, or the finding is about the workload."
              },
              "message": {
                "type": "string",
                "maxLength": 512,
                "description": "What the rule says of it, cut at 512 bytes."
              },
              "since": {
                "type": "string",
                "format": "date-time",
                "description": "When this was first seen."
              },
              "action": {
                "type": "string",
                "enum": [
                  "Ignore",
                  "ScaleDown",
                  "Delete"
                ],
                "description": "What the rule asks for."
              },
              "outcome": {
                "type": "string",
                "enum": [
                  "Ignored",
                  "WouldAct",
                  "Held",
                  "Requested",
                  "Confirmed",
                  "Reverted",
                  "Contested",
                  "Excepted",
                  "Failed"
                ],
                "description": "What was observed to become of the action."
              },
              "reason": {
                "type": "string",
                "description": "Why, where the outcome alone does not say it; of Excepted the exceptions, each with the moment at which it ends."
              },
              "actedAt": {
                "type": "string",
                "format": "date-time",
                "description": "When the action was requested."
              }
            }
          }
        },
        "truncated": {
          "type": "integer",
          "description": "How many rows did not fit into violations."
        },
        "lastChangeTime": {
          "type": "string",
          "format": "date-time",
          "description": "When anything in this status last changed."
        }
      }
    }
  }
};
