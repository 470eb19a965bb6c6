CREATE TABLE airlines (carrier CHAR(2) PRIMARY KEY, name VARCHAR(60) NOT NULL);
CREATE TABLE airports (
  faa CHAR(3) CHARACTER SET ascii COLLATE ascii_bin PRIMARY KEY, name VARCHAR(80) NOT NULL, lat DOUBLE NOT NULL,
  lon DOUBLE NOT NULL, alt INT NOT NULL, tz INT, dst CHAR(1), tzone VARCHAR(40)
);
CREATE TABLE planes (
  tailnum VARCHAR(6) PRIMARY KEY, year YEAR, type VARCHAR(40), manufacturer VARCHAR(40), model VARCHAR(20),
  engines TINYINT UNSIGNED, seats SMALLINT, speed INT, engine VARCHAR(20)
);
CREATE TABLE weather (
  origin CHAR(3) NOT NULL, at DATETIME NOT NULL, hours INT NOT NULL, temp DECIMAL(6,2), wind_speed DOUBLE,
  wind_gust DOUBLE, PRIMARY KEY (origin, at), UNIQUE (origin, hours)
);
CREATE TABLE flights (
  day DATE NOT NULL, carrier CHAR(2) NOT NULL, flight INT NOT NULL, origin CHAR(3) NOT NULL, dest CHAR(3) NOT NULL,
  tailnum VARCHAR(6), hour_at DATETIME NOT NULL, planned DATETIME NOT NULL, dep_delay INT, air_time INT,
  distance INT NOT NULL, PRIMARY KEY (day, carrier, flight, origin), KEY (tailnum), KEY (dest)
);
