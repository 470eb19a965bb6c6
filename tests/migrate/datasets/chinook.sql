CREATE TABLE employee (
  id INT PRIMARY KEY, lastname VARCHAR(20) NOT NULL, firstname VARCHAR(20) NOT NULL, title VARCHAR(30),
  reports_to INT REFERENCES employee (id), birthdate DATE, hiredate DATE, city VARCHAR(40), country VARCHAR(40),
  email VARCHAR(60)
);
CREATE TABLE customer (
  id INT PRIMARY KEY, firstname VARCHAR(40) NOT NULL, lastname VARCHAR(20) NOT NULL, company VARCHAR(80),
  city VARCHAR(40), state VARCHAR(40), country VARCHAR(40), phone VARCHAR(24), email VARCHAR(60) NOT NULL,
  support_rep INT REFERENCES employee (id)
);
CREATE TABLE artist (id INT PRIMARY KEY, name VARCHAR(120));
CREATE TABLE album (id INT PRIMARY KEY, title VARCHAR(160) NOT NULL, artist INT NOT NULL REFERENCES artist (id));
CREATE TABLE genre (id INT PRIMARY KEY, name VARCHAR(120));
CREATE TABLE mediatype (id INT PRIMARY KEY, name VARCHAR(120));
CREATE TABLE track (
  id INT PRIMARY KEY, name VARCHAR(200) NOT NULL, album INT REFERENCES album (id),
  mediatype INT NOT NULL REFERENCES mediatype (id), genre INT REFERENCES genre (id), composer VARCHAR(220),
  milliseconds INT NOT NULL, bytes INT, unit_price DECIMAL(5,2) NOT NULL
);
CREATE TABLE playlist (id INT PRIMARY KEY, name VARCHAR(120));
CREATE TABLE playlisttrack (
  playlist INT NOT NULL REFERENCES playlist (id), track INT NOT NULL REFERENCES track (id),
  PRIMARY KEY (playlist, track)
);
CREATE TABLE invoice (
  id INT PRIMARY KEY, customer INT NOT NULL REFERENCES customer (id), invoicedate DATETIME NOT NULL,
  billingcity VARCHAR(40), billingstate VARCHAR(40), billingcountry VARCHAR(40), total DECIMAL(10,2) NOT NULL
);
CREATE TABLE invoiceline (
  id INT PRIMARY KEY, invoice INT NOT NULL REFERENCES invoice (id), track INT NOT NULL REFERENCES track (id),
  unit_price DECIMAL(5,2) NOT NULL, quantity INT NOT NULL
);
