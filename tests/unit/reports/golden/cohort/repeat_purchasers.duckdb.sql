WITH entered AS (
  WITH cohorting AS (
    SELECT
      events.profile_no AS profile_no,
      events.occurred_at AS occurred_at,
      events.event_id AS event_id,
      CASE
        WHEN (
          events.value
        ) * CASE events.currency
          WHEN CAST($entered_cohorting_v0 AS TEXT)
          THEN CAST($entered_cohorting_v1 AS DOUBLE)
          ELSE CAST(1 AS DOUBLE)
        END BETWEEN -1e12 AND 1e12
        THEN CAST(ROUND(
          (
            events.value
          ) * CASE events.currency
            WHEN CAST($entered_cohorting_v0 AS TEXT)
            THEN CAST($entered_cohorting_v1 AS DOUBLE)
            ELSE CAST(1 AS DOUBLE)
          END * 10000
        ) AS BIGINT)
      END AS units,
      CAST(DATE_TRUNC(
        'MONTH',
        CAST(CASE
          WHEN EPOCH_US(events.occurred_at) < 0
          OR EPOCH_US(events.occurred_at) >= 1785542400000000
          THEN events.occurred_at AT TIME ZONE 'Europe/Berlin'
          ELSE CASE
            WHEN EPOCH_US(events.occurred_at) < 1048986000000000
            THEN CASE
              WHEN EPOCH_US(events.occurred_at) < 686106000000000
              THEN CASE
                WHEN EPOCH_US(events.occurred_at) < 496803600000000
                THEN CASE
                  WHEN EPOCH_US(events.occurred_at) < 401850000000000
                  THEN CASE
                    WHEN EPOCH_US(events.occurred_at) < 354675600000000
                    THEN CASE
                      WHEN EPOCH_US(events.occurred_at) < 338950800000000
                      THEN CASE
                        WHEN EPOCH_US(events.occurred_at) < 323830800000000
                        THEN MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 3600000000)
                        ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 7200000000)
                      END
                      ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 3600000000)
                    END
                    ELSE CASE
                      WHEN EPOCH_US(events.occurred_at) < 386125200000000
                      THEN CASE
                        WHEN EPOCH_US(events.occurred_at) < 370400400000000
                        THEN MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 7200000000)
                        ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 3600000000)
                      END
                      ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 7200000000)
                    END
                  END
                  ELSE CASE
                    WHEN EPOCH_US(events.occurred_at) < 449024400000000
                    THEN CASE
                      WHEN EPOCH_US(events.occurred_at) < 433299600000000
                      THEN CASE
                        WHEN EPOCH_US(events.occurred_at) < 417574800000000
                        THEN MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 3600000000)
                        ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 7200000000)
                      END
                      ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 3600000000)
                    END
                    ELSE CASE
                      WHEN EPOCH_US(events.occurred_at) < 481078800000000
                      THEN CASE
                        WHEN EPOCH_US(events.occurred_at) < 465354000000000
                        THEN MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 7200000000)
                        ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 3600000000)
                      END
                      ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 7200000000)
                    END
                  END
                END
                ELSE CASE
                  WHEN EPOCH_US(events.occurred_at) < 591152400000000
                  THEN CASE
                    WHEN EPOCH_US(events.occurred_at) < 543978000000000
                    THEN CASE
                      WHEN EPOCH_US(events.occurred_at) < 528253200000000
                      THEN CASE
                        WHEN EPOCH_US(events.occurred_at) < 512528400000000
                        THEN MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 3600000000)
                        ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 7200000000)
                      END
                      ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 3600000000)
                    END
                    ELSE CASE
                      WHEN EPOCH_US(events.occurred_at) < 575427600000000
                      THEN CASE
                        WHEN EPOCH_US(events.occurred_at) < 559702800000000
                        THEN MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 7200000000)
                        ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 3600000000)
                      END
                      ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 7200000000)
                    END
                  END
                  ELSE CASE
                    WHEN EPOCH_US(events.occurred_at) < 638326800000000
                    THEN CASE
                      WHEN EPOCH_US(events.occurred_at) < 622602000000000
                      THEN CASE
                        WHEN EPOCH_US(events.occurred_at) < 606877200000000
                        THEN MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 3600000000)
                        ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 7200000000)
                      END
                      ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 3600000000)
                    END
                    ELSE CASE
                      WHEN EPOCH_US(events.occurred_at) < 670381200000000
                      THEN CASE
                        WHEN EPOCH_US(events.occurred_at) < 654656400000000
                        THEN MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 7200000000)
                        ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 3600000000)
                      END
                      ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 7200000000)
                    END
                  END
                END
              END
              ELSE CASE
                WHEN EPOCH_US(events.occurred_at) < 877827600000000
                THEN CASE
                  WHEN EPOCH_US(events.occurred_at) < 780454800000000
                  THEN CASE
                    WHEN EPOCH_US(events.occurred_at) < 733280400000000
                    THEN CASE
                      WHEN EPOCH_US(events.occurred_at) < 717555600000000
                      THEN CASE
                        WHEN EPOCH_US(events.occurred_at) < 701830800000000
                        THEN MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 3600000000)
                        ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 7200000000)
                      END
                      ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 3600000000)
                    END
                    ELSE CASE
                      WHEN EPOCH_US(events.occurred_at) < 764730000000000
                      THEN CASE
                        WHEN EPOCH_US(events.occurred_at) < 749005200000000
                        THEN MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 7200000000)
                        ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 3600000000)
                      END
                      ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 7200000000)
                    END
                  END
                  ELSE CASE
                    WHEN EPOCH_US(events.occurred_at) < 828234000000000
                    THEN CASE
                      WHEN EPOCH_US(events.occurred_at) < 811904400000000
                      THEN CASE
                        WHEN EPOCH_US(events.occurred_at) < 796179600000000
                        THEN MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 3600000000)
                        ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 7200000000)
                      END
                      ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 3600000000)
                    END
                    ELSE CASE
                      WHEN EPOCH_US(events.occurred_at) < 859683600000000
                      THEN CASE
                        WHEN EPOCH_US(events.occurred_at) < 846378000000000
                        THEN MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 7200000000)
                        ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 3600000000)
                      END
                      ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 7200000000)
                    END
                  END
                END
                ELSE CASE
                  WHEN EPOCH_US(events.occurred_at) < 972781200000000
                  THEN CASE
                    WHEN EPOCH_US(events.occurred_at) < 922582800000000
                    THEN CASE
                      WHEN EPOCH_US(events.occurred_at) < 909277200000000
                      THEN CASE
                        WHEN EPOCH_US(events.occurred_at) < 891133200000000
                        THEN MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 3600000000)
                        ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 7200000000)
                      END
                      ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 3600000000)
                    END
                    ELSE CASE
                      WHEN EPOCH_US(events.occurred_at) < 954032400000000
                      THEN CASE
                        WHEN EPOCH_US(events.occurred_at) < 941331600000000
                        THEN MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 7200000000)
                        ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 3600000000)
                      END
                      ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 7200000000)
                    END
                  END
                  ELSE CASE
                    WHEN EPOCH_US(events.occurred_at) < 1017536400000000
                    THEN CASE
                      WHEN EPOCH_US(events.occurred_at) < 1004230800000000
                      THEN CASE
                        WHEN EPOCH_US(events.occurred_at) < 985482000000000
                        THEN MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 3600000000)
                        ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 7200000000)
                      END
                      ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 3600000000)
                    END
                    ELSE CASE
                      WHEN EPOCH_US(events.occurred_at) < 1035680400000000
                      THEN MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 7200000000)
                      ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 3600000000)
                    END
                  END
                END
              END
            END
            ELSE CASE
              WHEN EPOCH_US(events.occurred_at) < 1427590800000000
              THEN CASE
                WHEN EPOCH_US(events.occurred_at) < 1238288400000000
                THEN CASE
                  WHEN EPOCH_US(events.occurred_at) < 1143334800000000
                  THEN CASE
                    WHEN EPOCH_US(events.occurred_at) < 1099184400000000
                    THEN CASE
                      WHEN EPOCH_US(events.occurred_at) < 1080435600000000
                      THEN CASE
                        WHEN EPOCH_US(events.occurred_at) < 1067130000000000
                        THEN MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 7200000000)
                        ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 3600000000)
                      END
                      ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 7200000000)
                    END
                    ELSE CASE
                      WHEN EPOCH_US(events.occurred_at) < 1130634000000000
                      THEN CASE
                        WHEN EPOCH_US(events.occurred_at) < 1111885200000000
                        THEN MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 3600000000)
                        ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 7200000000)
                      END
                      ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 3600000000)
                    END
                  END
                  ELSE CASE
                    WHEN EPOCH_US(events.occurred_at) < 1193533200000000
                    THEN CASE
                      WHEN EPOCH_US(events.occurred_at) < 1174784400000000
                      THEN CASE
                        WHEN EPOCH_US(events.occurred_at) < 1162083600000000
                        THEN MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 7200000000)
                        ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 3600000000)
                      END
                      ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 7200000000)
                    END
                    ELSE CASE
                      WHEN EPOCH_US(events.occurred_at) < 1224982800000000
                      THEN CASE
                        WHEN EPOCH_US(events.occurred_at) < 1206838800000000
                        THEN MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 3600000000)
                        ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 7200000000)
                      END
                      ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 3600000000)
                    END
                  END
                END
                ELSE CASE
                  WHEN EPOCH_US(events.occurred_at) < 1332637200000000
                  THEN CASE
                    WHEN EPOCH_US(events.occurred_at) < 1288486800000000
                    THEN CASE
                      WHEN EPOCH_US(events.occurred_at) < 1269738000000000
                      THEN CASE
                        WHEN EPOCH_US(events.occurred_at) < 1256432400000000
                        THEN MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 7200000000)
                        ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 3600000000)
                      END
                      ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 7200000000)
                    END
                    ELSE CASE
                      WHEN EPOCH_US(events.occurred_at) < 1319936400000000
                      THEN CASE
                        WHEN EPOCH_US(events.occurred_at) < 1301187600000000
                        THEN MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 3600000000)
                        ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 7200000000)
                      END
                      ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 3600000000)
                    END
                  END
                  ELSE CASE
                    WHEN EPOCH_US(events.occurred_at) < 1382835600000000
                    THEN CASE
                      WHEN EPOCH_US(events.occurred_at) < 1364691600000000
                      THEN CASE
                        WHEN EPOCH_US(events.occurred_at) < 1351386000000000
                        THEN MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 7200000000)
                        ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 3600000000)
                      END
                      ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 7200000000)
                    END
                    ELSE CASE
                      WHEN EPOCH_US(events.occurred_at) < 1414285200000000
                      THEN CASE
                        WHEN EPOCH_US(events.occurred_at) < 1396141200000000
                        THEN MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 3600000000)
                        ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 7200000000)
                      END
                      ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 3600000000)
                    END
                  END
                END
              END
              ELSE CASE
                WHEN EPOCH_US(events.occurred_at) < 1616893200000000
                THEN CASE
                  WHEN EPOCH_US(events.occurred_at) < 1521939600000000
                  THEN CASE
                    WHEN EPOCH_US(events.occurred_at) < 1477789200000000
                    THEN CASE
                      WHEN EPOCH_US(events.occurred_at) < 1459040400000000
                      THEN CASE
                        WHEN EPOCH_US(events.occurred_at) < 1445734800000000
                        THEN MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 7200000000)
                        ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 3600000000)
                      END
                      ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 7200000000)
                    END
                    ELSE CASE
                      WHEN EPOCH_US(events.occurred_at) < 1509238800000000
                      THEN CASE
                        WHEN EPOCH_US(events.occurred_at) < 1490490000000000
                        THEN MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 3600000000)
                        ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 7200000000)
                      END
                      ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 3600000000)
                    END
                  END
                  ELSE CASE
                    WHEN EPOCH_US(events.occurred_at) < 1572138000000000
                    THEN CASE
                      WHEN EPOCH_US(events.occurred_at) < 1553994000000000
                      THEN CASE
                        WHEN EPOCH_US(events.occurred_at) < 1540688400000000
                        THEN MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 7200000000)
                        ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 3600000000)
                      END
                      ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 7200000000)
                    END
                    ELSE CASE
                      WHEN EPOCH_US(events.occurred_at) < 1603587600000000
                      THEN CASE
                        WHEN EPOCH_US(events.occurred_at) < 1585443600000000
                        THEN MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 3600000000)
                        ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 7200000000)
                      END
                      ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 3600000000)
                    END
                  END
                END
                ELSE CASE
                  WHEN EPOCH_US(events.occurred_at) < 1711846800000000
                  THEN CASE
                    WHEN EPOCH_US(events.occurred_at) < 1667091600000000
                    THEN CASE
                      WHEN EPOCH_US(events.occurred_at) < 1648342800000000
                      THEN CASE
                        WHEN EPOCH_US(events.occurred_at) < 1635642000000000
                        THEN MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 7200000000)
                        ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 3600000000)
                      END
                      ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 7200000000)
                    END
                    ELSE CASE
                      WHEN EPOCH_US(events.occurred_at) < 1698541200000000
                      THEN CASE
                        WHEN EPOCH_US(events.occurred_at) < 1679792400000000
                        THEN MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 3600000000)
                        ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 7200000000)
                      END
                      ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 3600000000)
                    END
                  END
                  ELSE CASE
                    WHEN EPOCH_US(events.occurred_at) < 1761440400000000
                    THEN CASE
                      WHEN EPOCH_US(events.occurred_at) < 1743296400000000
                      THEN CASE
                        WHEN EPOCH_US(events.occurred_at) < 1729990800000000
                        THEN MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 7200000000)
                        ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 3600000000)
                      END
                      ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 7200000000)
                    END
                    ELSE CASE
                      WHEN EPOCH_US(events.occurred_at) < 1774746000000000
                      THEN MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 3600000000)
                      ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 7200000000)
                    END
                  END
                END
              END
            END
          END
        END AS DATE)
      ) AS DATE) AS bucket
    FROM events_23640_24317 AS events
    WHERE
      events.metric_id = CAST($entered_cohorting_v2 AS BIGINT)
      AND events.occurred_at >= CAST($entered_cohorting_v3 AS TIMESTAMPTZ)
      AND events.occurred_at < CAST($entered_cohorting_v4 AS TIMESTAMPTZ)
  )
  SELECT
    ranked.profile_no AS profile_no,
    ranked.occurred_at AS occurred_at,
    ranked.event_id AS event_id,
    ranked.units AS units,
    ranked.bucket AS bucket
  FROM (
    SELECT
      cohorting.profile_no AS profile_no,
      cohorting.occurred_at AS occurred_at,
      cohorting.event_id AS event_id,
      cohorting.units AS units,
      cohorting.bucket AS bucket,
      ROW_NUMBER() OVER (
        PARTITION BY cohorting.profile_no
        ORDER BY cohorting.occurred_at, cohorting.event_id
      ) AS place
    FROM cohorting AS cohorting
  ) AS ranked
  WHERE
    ranked.place = 1 AND ranked.occurred_at >= CAST($entered_start AS TIMESTAMPTZ)
), reporting AS (
  SELECT
    events.profile_no AS profile_no,
    events.occurred_at AS occurred_at,
    events.event_id AS event_id,
    CASE
      WHEN (
        events.value
      ) * CASE events.currency
        WHEN CAST($reporting_v0 AS TEXT)
        THEN CAST($reporting_v1 AS DOUBLE)
        ELSE CAST(1 AS DOUBLE)
      END BETWEEN -1e12 AND 1e12
      THEN CAST(ROUND(
        (
          events.value
        ) * CASE events.currency
          WHEN CAST($reporting_v0 AS TEXT)
          THEN CAST($reporting_v1 AS DOUBLE)
          ELSE CAST(1 AS DOUBLE)
        END * 10000
      ) AS BIGINT)
    END AS units,
    CAST(DATE_TRUNC(
      'MONTH',
      CAST(CASE
        WHEN EPOCH_US(events.occurred_at) < 0
        OR EPOCH_US(events.occurred_at) >= 1785542400000000
        THEN events.occurred_at AT TIME ZONE 'Europe/Berlin'
        ELSE CASE
          WHEN EPOCH_US(events.occurred_at) < 1048986000000000
          THEN CASE
            WHEN EPOCH_US(events.occurred_at) < 686106000000000
            THEN CASE
              WHEN EPOCH_US(events.occurred_at) < 496803600000000
              THEN CASE
                WHEN EPOCH_US(events.occurred_at) < 401850000000000
                THEN CASE
                  WHEN EPOCH_US(events.occurred_at) < 354675600000000
                  THEN CASE
                    WHEN EPOCH_US(events.occurred_at) < 338950800000000
                    THEN CASE
                      WHEN EPOCH_US(events.occurred_at) < 323830800000000
                      THEN MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 3600000000)
                      ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 7200000000)
                    END
                    ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 3600000000)
                  END
                  ELSE CASE
                    WHEN EPOCH_US(events.occurred_at) < 386125200000000
                    THEN CASE
                      WHEN EPOCH_US(events.occurred_at) < 370400400000000
                      THEN MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 7200000000)
                      ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 3600000000)
                    END
                    ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 7200000000)
                  END
                END
                ELSE CASE
                  WHEN EPOCH_US(events.occurred_at) < 449024400000000
                  THEN CASE
                    WHEN EPOCH_US(events.occurred_at) < 433299600000000
                    THEN CASE
                      WHEN EPOCH_US(events.occurred_at) < 417574800000000
                      THEN MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 3600000000)
                      ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 7200000000)
                    END
                    ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 3600000000)
                  END
                  ELSE CASE
                    WHEN EPOCH_US(events.occurred_at) < 481078800000000
                    THEN CASE
                      WHEN EPOCH_US(events.occurred_at) < 465354000000000
                      THEN MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 7200000000)
                      ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 3600000000)
                    END
                    ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 7200000000)
                  END
                END
              END
              ELSE CASE
                WHEN EPOCH_US(events.occurred_at) < 591152400000000
                THEN CASE
                  WHEN EPOCH_US(events.occurred_at) < 543978000000000
                  THEN CASE
                    WHEN EPOCH_US(events.occurred_at) < 528253200000000
                    THEN CASE
                      WHEN EPOCH_US(events.occurred_at) < 512528400000000
                      THEN MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 3600000000)
                      ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 7200000000)
                    END
                    ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 3600000000)
                  END
                  ELSE CASE
                    WHEN EPOCH_US(events.occurred_at) < 575427600000000
                    THEN CASE
                      WHEN EPOCH_US(events.occurred_at) < 559702800000000
                      THEN MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 7200000000)
                      ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 3600000000)
                    END
                    ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 7200000000)
                  END
                END
                ELSE CASE
                  WHEN EPOCH_US(events.occurred_at) < 638326800000000
                  THEN CASE
                    WHEN EPOCH_US(events.occurred_at) < 622602000000000
                    THEN CASE
                      WHEN EPOCH_US(events.occurred_at) < 606877200000000
                      THEN MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 3600000000)
                      ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 7200000000)
                    END
                    ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 3600000000)
                  END
                  ELSE CASE
                    WHEN EPOCH_US(events.occurred_at) < 670381200000000
                    THEN CASE
                      WHEN EPOCH_US(events.occurred_at) < 654656400000000
                      THEN MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 7200000000)
                      ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 3600000000)
                    END
                    ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 7200000000)
                  END
                END
              END
            END
            ELSE CASE
              WHEN EPOCH_US(events.occurred_at) < 877827600000000
              THEN CASE
                WHEN EPOCH_US(events.occurred_at) < 780454800000000
                THEN CASE
                  WHEN EPOCH_US(events.occurred_at) < 733280400000000
                  THEN CASE
                    WHEN EPOCH_US(events.occurred_at) < 717555600000000
                    THEN CASE
                      WHEN EPOCH_US(events.occurred_at) < 701830800000000
                      THEN MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 3600000000)
                      ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 7200000000)
                    END
                    ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 3600000000)
                  END
                  ELSE CASE
                    WHEN EPOCH_US(events.occurred_at) < 764730000000000
                    THEN CASE
                      WHEN EPOCH_US(events.occurred_at) < 749005200000000
                      THEN MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 7200000000)
                      ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 3600000000)
                    END
                    ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 7200000000)
                  END
                END
                ELSE CASE
                  WHEN EPOCH_US(events.occurred_at) < 828234000000000
                  THEN CASE
                    WHEN EPOCH_US(events.occurred_at) < 811904400000000
                    THEN CASE
                      WHEN EPOCH_US(events.occurred_at) < 796179600000000
                      THEN MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 3600000000)
                      ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 7200000000)
                    END
                    ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 3600000000)
                  END
                  ELSE CASE
                    WHEN EPOCH_US(events.occurred_at) < 859683600000000
                    THEN CASE
                      WHEN EPOCH_US(events.occurred_at) < 846378000000000
                      THEN MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 7200000000)
                      ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 3600000000)
                    END
                    ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 7200000000)
                  END
                END
              END
              ELSE CASE
                WHEN EPOCH_US(events.occurred_at) < 972781200000000
                THEN CASE
                  WHEN EPOCH_US(events.occurred_at) < 922582800000000
                  THEN CASE
                    WHEN EPOCH_US(events.occurred_at) < 909277200000000
                    THEN CASE
                      WHEN EPOCH_US(events.occurred_at) < 891133200000000
                      THEN MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 3600000000)
                      ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 7200000000)
                    END
                    ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 3600000000)
                  END
                  ELSE CASE
                    WHEN EPOCH_US(events.occurred_at) < 954032400000000
                    THEN CASE
                      WHEN EPOCH_US(events.occurred_at) < 941331600000000
                      THEN MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 7200000000)
                      ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 3600000000)
                    END
                    ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 7200000000)
                  END
                END
                ELSE CASE
                  WHEN EPOCH_US(events.occurred_at) < 1017536400000000
                  THEN CASE
                    WHEN EPOCH_US(events.occurred_at) < 1004230800000000
                    THEN CASE
                      WHEN EPOCH_US(events.occurred_at) < 985482000000000
                      THEN MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 3600000000)
                      ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 7200000000)
                    END
                    ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 3600000000)
                  END
                  ELSE CASE
                    WHEN EPOCH_US(events.occurred_at) < 1035680400000000
                    THEN MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 7200000000)
                    ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 3600000000)
                  END
                END
              END
            END
          END
          ELSE CASE
            WHEN EPOCH_US(events.occurred_at) < 1427590800000000
            THEN CASE
              WHEN EPOCH_US(events.occurred_at) < 1238288400000000
              THEN CASE
                WHEN EPOCH_US(events.occurred_at) < 1143334800000000
                THEN CASE
                  WHEN EPOCH_US(events.occurred_at) < 1099184400000000
                  THEN CASE
                    WHEN EPOCH_US(events.occurred_at) < 1080435600000000
                    THEN CASE
                      WHEN EPOCH_US(events.occurred_at) < 1067130000000000
                      THEN MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 7200000000)
                      ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 3600000000)
                    END
                    ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 7200000000)
                  END
                  ELSE CASE
                    WHEN EPOCH_US(events.occurred_at) < 1130634000000000
                    THEN CASE
                      WHEN EPOCH_US(events.occurred_at) < 1111885200000000
                      THEN MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 3600000000)
                      ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 7200000000)
                    END
                    ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 3600000000)
                  END
                END
                ELSE CASE
                  WHEN EPOCH_US(events.occurred_at) < 1193533200000000
                  THEN CASE
                    WHEN EPOCH_US(events.occurred_at) < 1174784400000000
                    THEN CASE
                      WHEN EPOCH_US(events.occurred_at) < 1162083600000000
                      THEN MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 7200000000)
                      ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 3600000000)
                    END
                    ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 7200000000)
                  END
                  ELSE CASE
                    WHEN EPOCH_US(events.occurred_at) < 1224982800000000
                    THEN CASE
                      WHEN EPOCH_US(events.occurred_at) < 1206838800000000
                      THEN MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 3600000000)
                      ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 7200000000)
                    END
                    ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 3600000000)
                  END
                END
              END
              ELSE CASE
                WHEN EPOCH_US(events.occurred_at) < 1332637200000000
                THEN CASE
                  WHEN EPOCH_US(events.occurred_at) < 1288486800000000
                  THEN CASE
                    WHEN EPOCH_US(events.occurred_at) < 1269738000000000
                    THEN CASE
                      WHEN EPOCH_US(events.occurred_at) < 1256432400000000
                      THEN MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 7200000000)
                      ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 3600000000)
                    END
                    ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 7200000000)
                  END
                  ELSE CASE
                    WHEN EPOCH_US(events.occurred_at) < 1319936400000000
                    THEN CASE
                      WHEN EPOCH_US(events.occurred_at) < 1301187600000000
                      THEN MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 3600000000)
                      ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 7200000000)
                    END
                    ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 3600000000)
                  END
                END
                ELSE CASE
                  WHEN EPOCH_US(events.occurred_at) < 1382835600000000
                  THEN CASE
                    WHEN EPOCH_US(events.occurred_at) < 1364691600000000
                    THEN CASE
                      WHEN EPOCH_US(events.occurred_at) < 1351386000000000
                      THEN MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 7200000000)
                      ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 3600000000)
                    END
                    ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 7200000000)
                  END
                  ELSE CASE
                    WHEN EPOCH_US(events.occurred_at) < 1414285200000000
                    THEN CASE
                      WHEN EPOCH_US(events.occurred_at) < 1396141200000000
                      THEN MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 3600000000)
                      ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 7200000000)
                    END
                    ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 3600000000)
                  END
                END
              END
            END
            ELSE CASE
              WHEN EPOCH_US(events.occurred_at) < 1616893200000000
              THEN CASE
                WHEN EPOCH_US(events.occurred_at) < 1521939600000000
                THEN CASE
                  WHEN EPOCH_US(events.occurred_at) < 1477789200000000
                  THEN CASE
                    WHEN EPOCH_US(events.occurred_at) < 1459040400000000
                    THEN CASE
                      WHEN EPOCH_US(events.occurred_at) < 1445734800000000
                      THEN MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 7200000000)
                      ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 3600000000)
                    END
                    ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 7200000000)
                  END
                  ELSE CASE
                    WHEN EPOCH_US(events.occurred_at) < 1509238800000000
                    THEN CASE
                      WHEN EPOCH_US(events.occurred_at) < 1490490000000000
                      THEN MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 3600000000)
                      ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 7200000000)
                    END
                    ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 3600000000)
                  END
                END
                ELSE CASE
                  WHEN EPOCH_US(events.occurred_at) < 1572138000000000
                  THEN CASE
                    WHEN EPOCH_US(events.occurred_at) < 1553994000000000
                    THEN CASE
                      WHEN EPOCH_US(events.occurred_at) < 1540688400000000
                      THEN MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 7200000000)
                      ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 3600000000)
                    END
                    ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 7200000000)
                  END
                  ELSE CASE
                    WHEN EPOCH_US(events.occurred_at) < 1603587600000000
                    THEN CASE
                      WHEN EPOCH_US(events.occurred_at) < 1585443600000000
                      THEN MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 3600000000)
                      ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 7200000000)
                    END
                    ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 3600000000)
                  END
                END
              END
              ELSE CASE
                WHEN EPOCH_US(events.occurred_at) < 1711846800000000
                THEN CASE
                  WHEN EPOCH_US(events.occurred_at) < 1667091600000000
                  THEN CASE
                    WHEN EPOCH_US(events.occurred_at) < 1648342800000000
                    THEN CASE
                      WHEN EPOCH_US(events.occurred_at) < 1635642000000000
                      THEN MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 7200000000)
                      ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 3600000000)
                    END
                    ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 7200000000)
                  END
                  ELSE CASE
                    WHEN EPOCH_US(events.occurred_at) < 1698541200000000
                    THEN CASE
                      WHEN EPOCH_US(events.occurred_at) < 1679792400000000
                      THEN MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 3600000000)
                      ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 7200000000)
                    END
                    ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 3600000000)
                  END
                END
                ELSE CASE
                  WHEN EPOCH_US(events.occurred_at) < 1761440400000000
                  THEN CASE
                    WHEN EPOCH_US(events.occurred_at) < 1743296400000000
                    THEN CASE
                      WHEN EPOCH_US(events.occurred_at) < 1729990800000000
                      THEN MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 7200000000)
                      ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 3600000000)
                    END
                    ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 7200000000)
                  END
                  ELSE CASE
                    WHEN EPOCH_US(events.occurred_at) < 1774746000000000
                    THEN MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 3600000000)
                    ELSE MAKE_TIMESTAMP(EPOCH_US(events.occurred_at) + 7200000000)
                  END
                END
              END
            END
          END
        END
      END AS DATE)
    ) AS DATE) AS bucket
  FROM events_24310_24318 AS events
  WHERE
    events.metric_id = CAST($reporting_v2 AS BIGINT)
    AND events.occurred_at >= CAST($reporting_v3 AS TIMESTAMPTZ)
    AND events.occurred_at < CAST($reporting_v4 AS TIMESTAMPTZ)
), visits AS (
  SELECT
    r.profile_no AS profile_no,
    e.bucket AS cohort,
    r.bucket AS bucket,
    COUNT(*) AS conversions,
    CAST(SUM(r.units) AS BIGINT) AS units,
    MAX(r.occurred_at) AS newest
  FROM reporting AS r
  JOIN entered AS e
    ON e.profile_no = r.profile_no
  WHERE
    r.occurred_at >= e.occurred_at AND r.event_id <> e.event_id
  GROUP BY
    r.profile_no,
    e.bucket,
    r.bucket
), firsts AS (
  SELECT
    earliest.cohort AS cohort,
    earliest.bucket AS bucket,
    COUNT(*) AS newcomers
  FROM (
    SELECT
      visits.profile_no AS profile_no,
      visits.cohort AS cohort,
      MIN(visits.bucket) AS bucket
    FROM visits AS visits
    GROUP BY
      visits.profile_no,
      visits.cohort
  ) AS earliest
  GROUP BY
    earliest.cohort,
    earliest.bucket
), cells AS (
  SELECT
    visits.cohort AS cohort,
    visits.bucket AS bucket,
    COUNT(*) AS profiles,
    CAST(SUM(visits.conversions) AS BIGINT) AS conversions,
    CAST(SUM(visits.units) AS BIGINT) AS units,
    MAX(visits.newest) AS newest
  FROM visits AS visits
  GROUP BY
    visits.cohort,
    visits.bucket
)
SELECT
  entered.bucket AS cohort,
  CAST(NULL AS DATE) AS bucket,
  COUNT(*) AS profiles,
  COUNT(*) AS newcomers,
  COUNT(*) AS conversions,
  CAST(SUM(entered.units) AS BIGINT) AS units,
  MAX(entered.occurred_at) AS newest
FROM entered AS entered
GROUP BY
  entered.bucket
UNION ALL
SELECT
  c.cohort AS cohort,
  c.bucket AS bucket,
  c.profiles AS profiles,
  COALESCE(f.newcomers, 0) AS _col_3,
  c.conversions AS conversions,
  c.units AS units,
  c.newest AS newest
FROM cells AS c
LEFT JOIN firsts AS f
  ON f.cohort = c.cohort AND f.bucket = c.bucket
ORDER BY
  cohort,
  bucket
